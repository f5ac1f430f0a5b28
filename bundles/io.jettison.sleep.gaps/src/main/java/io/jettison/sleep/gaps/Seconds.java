package io.jettison.sleep.gaps;

import java.time.Duration;

/** Seconds as numbers, for calculation. */
public final class Seconds {
  private static final double NANOS = 1e9;

  private Seconds() {}

  /** A duration's seconds. */
  public static double of(Duration duration) {
    return duration.getSeconds() + duration.getNano() / NANOS;
  }

  /** The duration of so many seconds, rounded to nanoseconds. */
  public static Duration duration(double seconds) {
    return Duration.ofNanos(Math.round(seconds * NANOS));
  }
}
