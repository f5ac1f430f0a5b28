package io.jettison.api.power;

/**
 * Times and powers of a PC (Bila et al. 2015, §5.2).
 *
 * @param name of the PC model
 * @param idleWatts P_i: awake and idle
 * @param sleepWatts P_s: asleep
 * @param suspendSeconds t_o: going to sleep
 * @param suspendWatts P_o: going to sleep
 * @param resumeSeconds t_r: waking up
 * @param resumeWatts P_r: waking up
 */
public record PowerProfile(
    String name,
    double idleWatts,
    double sleepWatts,
    double suspendSeconds,
    double suspendWatts,
    double resumeSeconds,
    double resumeWatts) {
  /** Checks that sleeping draws less than idling. */
  public PowerProfile {
    if (!(idleWatts > sleepWatts)
        || !(sleepWatts >= 0)
        || !(suspendSeconds >= 0)
        || !(resumeSeconds >= 0)) {
      throw new IllegalArgumentException(
          "power profile "
              + name
              + ": a PC asleep must draw less than an idle one, and times must not be negative");
    }
  }

  /**
   * The length in seconds, transitions included, from which on a sleep saves energy: t_b of Bila et
   * al. 2015, §5.2, Eq. (3).
   */
  public double breakEvenSeconds() {
    return (-sleepWatts * (suspendSeconds + resumeSeconds)
            + suspendWatts * suspendSeconds
            + resumeWatts * resumeSeconds)
        / (idleWatts - sleepWatts);
  }
}
