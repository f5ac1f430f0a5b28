package io.jettison.api.power;

import java.util.Optional;
import java.util.OptionalDouble;

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
 * @param networkWatts awake and sending as fast as the link allows, idle power included; empty if
 *     that was not measured
 * @param selective what it takes to wake for one thing alone (CAESAR); empty if the PC always wakes
 *     in full
 */
public record PowerProfile(
    String name,
    double idleWatts,
    double sleepWatts,
    double suspendSeconds,
    double suspendWatts,
    double resumeSeconds,
    double resumeWatts,
    OptionalDouble networkWatts,
    Optional<SelectiveResume> selective) {
  /**
   * Checks that sleeping draws less than idling.
   *
   * @throws IllegalArgumentException if not, or if a time or a power is negative or not a number
   */
  public PowerProfile {
    if (!(idleWatts > sleepWatts)
        || !(sleepWatts >= 0)
        || !(suspendSeconds >= 0)
        || !(suspendWatts >= 0)
        || !(resumeSeconds >= 0)
        || !(resumeWatts >= 0)
        || !(networkWatts.orElse(0) >= 0)) {
      throw new IllegalArgumentException(
          "power profile "
              + name
              + ": a PC asleep must draw less than an idle one, and times and powers must not be"
              + " negative");
    }
  }

  /** A PC that always wakes in full, and whose power while sending was not measured. */
  public PowerProfile(
      String name,
      double idleWatts,
      double sleepWatts,
      double suspendSeconds,
      double suspendWatts,
      double resumeSeconds,
      double resumeWatts) {
    this(
        name,
        idleWatts,
        sleepWatts,
        suspendSeconds,
        suspendWatts,
        resumeSeconds,
        resumeWatts,
        OptionalDouble.empty(),
        Optional.empty());
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

  /**
   * The same PC where time runs faster: its times are divided, its powers are the same, and so its
   * energies are divided too.
   *
   * @param factor how many times as fast; more than 0
   */
  public PowerProfile spedUp(double factor) {
    if (!(factor > 0)) {
      throw new IllegalArgumentException("time does not run " + factor + " times as fast");
    }
    return new PowerProfile(
        name,
        idleWatts,
        sleepWatts,
        suspendSeconds / factor,
        suspendWatts,
        resumeSeconds / factor,
        resumeWatts,
        networkWatts,
        selective.map(some -> some.spedUp(factor)));
  }

  /**
   * The same PC as it is to those that wake it selectively: its transitions are those of {@link
   * #selective}. Itself if it always wakes in full.
   */
  public PowerProfile selectively() {
    return selective
        .map(
            some ->
                new PowerProfile(
                    name,
                    idleWatts,
                    sleepWatts,
                    some.suspendSeconds(),
                    some.suspendWatts(),
                    some.resumeSeconds(),
                    some.resumeWatts(),
                    networkWatts,
                    selective))
        .orElse(this);
  }
}
