package io.jettison.power.lab.internal;

import io.jettison.api.power.PowerProfile;
import io.jettison.api.power.SelectiveResume;
import java.time.Duration;

/**
 * How long the transitions of a PC take in a lab whose time runs faster.
 *
 * @param suspend going to sleep
 * @param resuspend going to sleep after a selective resume
 * @param selective resuming for one thing alone
 * @param full resuming in full
 * @param speedup how much faster than real
 */
record Timing(
    Duration suspend, Duration resuspend, Duration selective, Duration full, double speedup) {
  private static final double NANOS = 1e9;

  /** Of a PC that may wake selectively; one that cannot takes as long for that as for all. */
  static Timing of(PowerProfile real, double speedup) {
    PowerProfile profile = real.spedUp(speedup);
    SelectiveResume some =
        profile
            .selective()
            .orElse(
                new SelectiveResume(
                    profile.resumeSeconds(),
                    profile.resumeWatts(),
                    profile.suspendSeconds(),
                    profile.suspendWatts()));
    return new Timing(
        seconds(profile.suspendSeconds()),
        seconds(some.suspendSeconds()),
        seconds(some.resumeSeconds()),
        seconds(profile.resumeSeconds()),
        speedup);
  }

  /** What is left of a full resume after a selective one. */
  Duration rest() {
    Duration rest = full.minus(selective);
    return rest.isNegative() ? Duration.ZERO : rest;
  }

  /** A time of the PC's as it is in the lab. */
  Duration scaled(Duration duration) {
    return seconds(duration.toMillis() / 1e3 / speedup);
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos((long) (seconds * NANOS));
  }
}
