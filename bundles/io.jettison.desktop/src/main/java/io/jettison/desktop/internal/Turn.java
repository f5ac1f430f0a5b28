package io.jettison.desktop.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is with a VM. One who moves it has the turn until that is done; one who works ahead
 * has it only until somebody wants to move the VM. Not reentrant.
 */
final class Turn {
  @GuardedBy("this")
  private boolean taken;

  @GuardedBy("this")
  private @Nullable Thread ahead;

  /** Takes the turn, after whoever moves the VM now. */
  synchronized void lock() {
    boolean interrupted = false;
    while (!tryLock()) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    restore(interrupted);
  }

  /** Takes the turn, unless somebody moves the VM. One who works ahead is stopped. */
  synchronized boolean tryLock() {
    boolean interrupted = false;
    while (ahead != null) {
      ahead.interrupt();
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    restore(interrupted);
    if (taken) {
      return false;
    }
    taken = true;
    return true;
  }

  /** Ends the turn of one who moved the VM. */
  synchronized void unlock() {
    taken = false;
    notifyAll();
  }

  /**
   * Works ahead if it is nobody's turn. The thread is interrupted as soon as somebody wants to move
   * the VM, who then waits until the work has ended.
   */
  void ahead(Runnable work) {
    synchronized (this) {
      if (taken || ahead != null) {
        return;
      }
      ahead = Thread.currentThread();
    }
    try {
      work.run();
    } finally {
      synchronized (this) {
        ahead = null;
        Thread.interrupted(); // it was meant for the work
        notifyAll();
      }
    }
  }

  private static void restore(boolean interrupted) {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
