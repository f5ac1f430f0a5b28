package io.jettison.sleep.gaps;

import io.jettison.api.power.Equations;
import io.jettison.api.power.PowerProfile;

/**
 * Joules that gaps between requests cost a PC; derived in the package's description. Times are
 * seconds. Immutable.
 */
public final class GapCost {
  private final PowerProfile profile;
  private final double cycle;

  /** Of a PC. */
  public GapCost(PowerProfile profile) {
    this.profile = profile;
    this.cycle = Equations.cycleJoules(profile);
  }

  /** Cost of a gap to a PC that waits {@code timer} before it sleeps. */
  public double joules(double gap, double timer) {
    return gap <= timer ? profile.idleWatts() * gap : asleep(gap, timer);
  }

  private double asleep(double gap, double timer) {
    return profile.idleWatts() * timer
        + cycle
        + profile.sleepWatts() * Math.max(0, gap - timer - profile.suspendSeconds());
  }

  /** Cost of a gap to who knew how long it would be: the offline optimum. */
  public double clairvoyant(double gap) {
    return Math.min(profile.idleWatts() * gap, asleep(gap, 0));
  }

  /** The same, were the PC also woken in time not to let the request wait. */
  public double wokenAhead(double gap) {
    double asleep = gap - profile.suspendSeconds() - profile.resumeSeconds();
    return Math.min(profile.idleWatts() * gap, cycle + profile.sleepWatts() * Math.max(0, asleep));
  }

  /** The timer that never costs more than twice the offline optimum; t_b in all PCs known. */
  public double boundedTimer() {
    return Math.max(profile.breakEvenSeconds(), cycle / profile.idleWatts());
  }

  /**
   * How much more than twice the offline optimum a gap may cost at worst.
   *
   * @param timer at most {@link #boundedTimer}
   */
  public double risk(double timer) {
    return cycle - profile.idleWatts() * timer;
  }

  /** B: from that length on a gap had better be slept through. */
  public double crossing() {
    return (cycle - profile.sleepWatts() * profile.suspendSeconds())
        / (profile.idleWatts() - profile.sleepWatts());
  }

  /** Whether {@link #randomTimer} keeps its bound. */
  public boolean randomizable() {
    return profile.suspendSeconds() <= crossing() / (Math.E - 1);
  }

  /**
   * The timer that is expected to cost at most e/(e − 1) times the offline optimum.
   *
   * @param uniform drawn evenly from [0, 1)
   */
  public double randomTimer(double uniform) {
    return crossing() * Math.log1p(uniform * (Math.E - 1));
  }

  /**
   * The timer up to {@code longest} that is expected to cost least. Between two lengths of gaps the
   * cost rises with the timer, so it is 0 or one of them.
   */
  public double bestTimer(GapDistribution gaps, double longest) {
    double best = 0;
    double least = expected(gaps, 0);
    for (int i = 0; i < gaps.size() && gaps.length(i) <= longest; i++) {
      double joules = expected(gaps, gaps.length(i));
      if (joules < least) {
        least = joules;
        best = gaps.length(i);
      }
    }
    return best < longest && expected(gaps, longest) < least ? longest : best;
  }

  /** Cost of all gaps of a distribution. */
  public double expected(GapDistribution gaps, double timer) {
    double slept = timer + profile.suspendSeconds();
    return profile.idleWatts() * gaps.sumUpTo(timer)
        + gaps.weightAbove(timer) * (profile.idleWatts() * timer + cycle)
        + profile.sleepWatts() * (gaps.sumAbove(slept) - gaps.weightAbove(slept) * slept);
  }
}
