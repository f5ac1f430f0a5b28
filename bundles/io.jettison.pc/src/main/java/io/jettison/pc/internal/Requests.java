package io.jettison.pc.internal;

import io.jettison.memsrv.Memsrv.Serving;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Tells the gaps between requests. The page service notes when it was asked last by {@link
 * System#nanoTime}, which stands still while a PC sleeps; the gap of a request that ended a sleep
 * is made up by a clock that goes on.
 */
final class Requests {
  /** The other clock goes in steps of 10 ms. */
  private static final long STEPS_NANOS = 100_000_000L;

  private final LongSupplier nanos;
  private final LongSupplier always;
  private long ahead;
  private long last;
  private long lastAlways;

  /**
   * From now on.
   *
   * @param nanos as the page service notes
   * @param always one that goes on while the PC sleeps
   */
  Requests(LongSupplier nanos, LongSupplier always) {
    this.nanos = nanos;
    this.always = always;
    this.ahead = always.getAsLong() - nanos.getAsLong();
    begin(nanos.getAsLong());
  }

  /** Gaps count from now on. */
  void begin(long now) {
    last = now;
    lastAlways = now + ahead;
  }

  /** The PC woke. */
  void woke() {
    long now = always.getAsLong() - nanos.getAsLong();
    if (Math.abs(now - ahead) > STEPS_NANOS) {
      ahead = now;
    }
  }

  /** When the last one came, by {@code nanos}. */
  long last() {
    return last;
  }

  /**
   * Looks whether one came.
   *
   * @param waited how long it had to wait for a resume: no part of the gap
   * @return the gap before it; empty if none came
   */
  Optional<Duration> look(List<Serving> served, Duration waited) {
    OptionalLong newest = newest(served);
    if (newest.isEmpty()) {
      return Optional.empty();
    }
    long came = newest.getAsLong() + ahead;
    long gap = Math.max(0, came - lastAlways - waited.toNanos());
    last = newest.getAsLong();
    lastAlways = came;
    return Optional.of(Duration.ofNanos(gap));
  }

  /** When the last one came, by {@code nanos}; empty if none came since it was last looked. */
  OptionalLong newest(List<Serving> served) {
    boolean found = false;
    long newest = last;
    for (Serving serving : served) {
      long came = serving.lastRequestNanos();
      if (came - newest > 0) {
        newest = came;
        found = true;
      }
    }
    return found ? OptionalLong.of(newest) : OptionalLong.empty();
  }
}
