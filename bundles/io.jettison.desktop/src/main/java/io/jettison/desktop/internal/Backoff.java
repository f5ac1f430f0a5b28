package io.jettison.desktop.internal;

import java.time.Duration;
import java.util.function.LongSupplier;

/** When something that failed may be tried again: each time after twice as long. Thread-safe. */
final class Backoff {
  private final LongSupplier nanos;
  private long wait;
  private long notBefore;

  /**
   * It may be tried at once.
   *
   * @param first how long to wait after it failed first
   * @param nanos {@link System#nanoTime} or what takes its place
   */
  Backoff(Duration first, LongSupplier nanos) {
    this.nanos = nanos;
    this.wait = first.toNanos();
    this.notBefore = nanos.getAsLong();
  }

  synchronized boolean mayTry() {
    return nanos.getAsLong() - notBefore >= 0;
  }

  synchronized void failed() {
    notBefore = nanos.getAsLong() + wait;
    wait = Math.min(2 * wait, Long.MAX_VALUE / 4);
  }
}
