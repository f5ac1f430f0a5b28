package io.jettison.desktop.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is tried until it is done: by one thread for each goal, however often it is asked for.
 * Thread-safe.
 */
final class Pursuits {
  private static final Logger LOG = LoggerFactory.getLogger(Pursuits.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  /**
   * What is to be reached.
   *
   * @param what a verb
   * @param vm of which VM
   * @param epoch in which stay; 0 if that does not matter
   */
  record Goal(String what, String vm, long epoch) {}

  private final ExecutorService threads;

  @GuardedBy("this")
  private final Set<Goal> underWay = new HashSet<>();

  /**
   * In threads of this pool; when it is shut down, nothing is tried any more.
   *
   * @param threads which interrupts them then
   */
  Pursuits(ExecutorService threads) {
    this.threads = threads;
  }

  /**
   * Tries until it need not any more, with pauses that double.
   *
   * @param open whether there is something to be done still. What makes it so has to come before
   *     this call: then it is not overlooked, whether an earlier pursuit has ended or not
   * @param longest pause
   */
  void pursue(Goal goal, BooleanSupplier open, Runnable attempt, Duration longest) {
    synchronized (this) {
      if (!open.getAsBoolean() || !underWay.add(goal)) {
        return;
      }
    }
    try {
      threads.execute(() -> follow(goal, open, attempt, longest));
    } catch (RejectedExecutionException e) {
      LOG.debug("not done any more: {}", goal);
    }
  }

  private void follow(Goal goal, BooleanSupplier open, Runnable attempt, Duration longest) {
    long pause = Math.min(FIRST_PAUSE.toMillis(), longest.toMillis());
    while (goesOn(goal, open)) {
      try {
        attempt.run();
      } catch (RuntimeException | LinkageError e) {
        LOG.error("failed to {} {}", goal.what(), goal.vm(), e);
      }
      if (open.getAsBoolean()) {
        pause(pause);
        pause = Math.min(2 * pause, longest.toMillis());
      }
    }
  }

  // Its end and the next beginning exclude each other: one that finds it under way may rely on it.
  private synchronized boolean goesOn(Goal goal, BooleanSupplier open) {
    boolean goesOn = open.getAsBoolean() && !threads.isShutdown();
    if (!goesOn) {
      underWay.remove(goal);
    }
    return goesOn;
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
