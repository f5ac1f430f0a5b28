package io.jettison.server.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How many VMs may be parked at a time, and how fast all of them together: a park must not take the
 * link from VMs that wait for pages. Thread-safe.
 */
public final class ParkingLot {
  private final int places;
  private final long bytesPerSecond;
  private final LongSupplier nanos;

  @GuardedBy("this")
  private int taken;

  /** When what was granted so far has passed at that rate. */
  @GuardedBy("this")
  private long paidUntil;

  /**
   * A lot.
   *
   * @param bytesPerSecond of all of them; 0: as fast as it goes
   * @param nanos {@link System#nanoTime} or what takes its place
   */
  public ParkingLot(int places, long bytesPerSecond, LongSupplier nanos) {
    this.places = places;
    this.bytesPerSecond = bytesPerSecond;
    this.nanos = nanos;
    this.paidUntil = nanos.getAsLong();
  }

  /** Takes a place, to be {@linkplain #leave left}. */
  synchronized Outcome<Nothing> enter() {
    if (taken >= places) {
      return Outcome.refused(
          "the server parks " + taken + " VMs already", "it is tried again by itself");
    }
    taken++;
    return Outcome.done();
  }

  synchronized int taken() {
    return taken;
  }

  synchronized void leave() {
    taken--;
  }

  /** How long to wait before so many bytes may be asked for, in nanoseconds. */
  synchronized long grant(long bytes) {
    if (bytesPerSecond == 0) {
      return 0;
    }
    long now = nanos.getAsLong();
    long wait = Math.max(0, paidUntil - now);
    paidUntil = now + wait + bytes * TimeUnit.SECONDS.toNanos(1) / bytesPerSecond;
    return wait;
  }
}
