package io.jettison.api.wake;

import java.time.Duration;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Hears of every wake and why it is. Registered as a service; every listener hears all, one event
 * at a time and in order, on a thread that also sends the wake-ups: it must not block. One that
 * throws misses that event.
 */
@ConsumerType
public interface WakeListener {
  /**
   * A wake: wake-ups sent until a PC answers.
   *
   * @param number tells it from others of this runtime
   * @param pc the PC's name
   * @param need what it was first needed for
   * @param selective whether its wake-ups carry a context
   * @param atNanos {@link System#nanoTime()} of its beginning
   */
  record Wake(long number, String pc, Need need, boolean selective, long atNanos) {}

  /** How a wake ended. */
  enum End {
    /** What it was begun for was answered. */
    ANSWERED,
    /** The PC said that it is awake. */
    AWAKE,
    /** The PC did not answer for the time set as limit. */
    GAVE_UP,
    /** The wake-up service was stopped. */
    STOPPED
  }

  /** The first wake-up of a wake is about to be sent. */
  void began(Wake wake);

  /**
   * A wake ended.
   *
   * @param wake as it began
   * @param end how
   * @param rounds how often wake-ups were sent
   * @param needs how many different needs there were
   * @param took from its beginning to its end
   */
  void ended(Wake wake, End end, int rounds, int needs, Duration took);
}
