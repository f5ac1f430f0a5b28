package io.jettison.lab;

import java.time.Duration;

/** Waits for what others do. */
public final class Waiting {
  private static final Duration INTERVAL = Duration.ofMillis(250);

  /** Something that comes true. */
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws LabException;
  }

  private Waiting() {}

  /**
   * Waits until a condition holds.
   *
   * @param otherwise what is wrong if it does not
   * @throws LabException if it does not hold after {@code limit}
   */
  public static void until(String otherwise, Duration limit, Condition condition)
      throws LabException {
    long began = System.nanoTime();
    while (!condition.holds()) {
      if (System.nanoTime() - began > limit.toNanos()) {
        throw new LabException(otherwise + " (waited " + limit.toSeconds() + " s)");
      }
      pause(INTERVAL);
    }
  }

  /** Lets time pass. */
  public static void pause(Duration duration) throws LabException {
    try {
      Thread.sleep(duration.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted", e);
    }
  }
}
