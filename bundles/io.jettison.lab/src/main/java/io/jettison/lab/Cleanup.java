package io.jettison.lab;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What must be undone at the end, last things first, also when the user interrupts. Thread-safe; a
 * step is registered <em>before</em> what it undoes is created, so that an interruption in between
 * leaves nothing behind.
 */
public final class Cleanup implements AutoCloseable {
  /** Undoes something. Must bear that it was never done. */
  @FunctionalInterface
  public interface Step {
    void undo() throws LabException;
  }

  private final Deque<Step> steps = new ArrayDeque<>();
  private final Object undoing = new Object();
  private boolean closed;

  /**
   * Registers a step.
   *
   * @throws LabException if the clean-up has begun: nothing may be created any more
   */
  public synchronized void add(Step step) throws LabException {
    if (closed) {
      throw new LabException("interrupted");
    }
    steps.push(step);
  }

  /** Whether the clean-up has begun. */
  public synchronized boolean begun() {
    return closed;
  }

  /**
   * Undoes all, once; who comes second waits for the first. A step that fails is reported and does
   * not keep the others from running.
   */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    synchronized (undoing) {
      for (Step step = next(); step != null; step = next()) {
        try {
          step.undo();
        } catch (LabException e) {
          System.err.println("lab: " + e.getMessage());
        }
      }
    }
  }

  private synchronized @Nullable Step next() {
    return steps.poll();
  }
}
