package io.jettison.wakeup.internal;

import java.time.Duration;

/**
 * When wake-ups are sent.
 *
 * @param timer t_w where a PC did not say its own
 * @param patience how long an answer may take before a PC is thought to be asleep again after a
 *     selective resume, or no longer awake
 * @param silence how long requests may go unanswered before a PC is woken for that alone
 * @param repeat time between wake-ups at first: as long as a PC may be on its way to sleep, with
 *     its network card not listening yet
 * @param eager how long it stays at that; then the time doubles
 * @param longest longest time between wake-ups
 * @param limit when a wake is given up
 */
record Pacing(
    Duration timer,
    Duration patience,
    Duration silence,
    Duration repeat,
    Duration eager,
    Duration longest,
    Duration limit) {
  /** Time to the next wake-up. */
  Duration next(Duration sinceFirst, Duration last) {
    if (sinceFirst.compareTo(eager) < 0) {
      return repeat;
    }
    Duration doubled = last.multipliedBy(2);
    return doubled.compareTo(longest) > 0 ? longest : doubled;
  }
}
