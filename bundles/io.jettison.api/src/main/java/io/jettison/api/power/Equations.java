package io.jettison.api.power;

import java.util.OptionalDouble;

/**
 * The energy model of Bila et al. 2015, §5.2, with its units repaired: joules, seconds and watts
 * throughout. Eq. (3) is {@link PowerProfile#breakEvenSeconds}; Eq. (4) needs a distribution of
 * requests and stands with the sleep policies.
 */
public final class Equations {
  private static final double BITS_PER_BYTE = 8;

  private Equations() {}

  /** Eq. (1): E_i, joules of a PC that idles. */
  public static double idleJoules(PowerProfile profile, double seconds) {
    return profile.idleWatts() * seconds;
  }

  /**
   * Eq. (2): E_µ, joules of a PC that idles, suspends, sleeps and resumes.
   *
   * @param awakeSeconds t_i'
   * @param asleepSeconds t_s, without the transitions
   */
  public static double microsleepJoules(
      PowerProfile profile, double awakeSeconds, double asleepSeconds) {
    return profile.idleWatts() * awakeSeconds
        + profile.suspendWatts() * profile.suspendSeconds()
        + profile.sleepWatts() * asleepSeconds
        + profile.resumeWatts() * profile.resumeSeconds();
  }

  /** Joules of one cycle of suspend and resume with no sleep in between: E_µ of Eq. (4). */
  public static double cycleJoules(PowerProfile profile) {
    return microsleepJoules(profile, 0, 0);
  }

  /** The share of the idle energy that a sleep without end would save: (P_i − P_s) / P_i. */
  public static double savingLimit(PowerProfile profile) {
    return (profile.idleWatts() - profile.sleepWatts()) / profile.idleWatts();
  }

  /**
   * Joules a PC uses while it sends, its idle power included.
   *
   * @param bitsPerSecond effective throughput of the link
   * @return empty if the profile has no power for it
   */
  public static OptionalDouble sendJoules(
      PowerProfile profile, double bytes, double bitsPerSecond) {
    return profile.networkWatts().isPresent()
        ? OptionalDouble.of(
            profile.networkWatts().getAsDouble() * bytes * BITS_PER_BYTE / bitsPerSecond)
        : OptionalDouble.empty();
  }
}
