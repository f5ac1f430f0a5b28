package io.jettison.sleep.gaps;

import io.jettison.api.power.Equations;
import io.jettison.api.power.PowerProfile;

/**
 * The paper's choice of the timer (Bila et al. 2015, §5.2, Eq. (4)): the one that minimizes
 *
 * <pre>E_waste(t_w) = P_i·t_w + p(I &lt; t_b + t_w | t_w)·E_µ</pre>
 *
 * with the energy E_µ of a suspend and a resume that a request met at once. The paper prints
 * t_w·E_i for the first term, which is not an energy. A request that comes as the timer runs out is
 * served awake, so the condition is I &gt; t_w. Where no gap was ever longer the probability counts
 * as 0: nothing is known that would disturb the sleep. Immutable.
 */
public final class Waste {
  /** What a sleep that a request met at once is taken to waste. */
  public enum Form {
    /** As the paper: all of the two transitions. */
    GROSS,
    /** Less what idling through the transitions would have cost. */
    NET
  }

  private final PowerProfile profile;
  private final double wasted;

  /** Of a PC. */
  public Waste(PowerProfile profile, Form form) {
    this.profile = profile;
    this.wasted =
        switch (form) {
          case GROSS -> Equations.cycleJoules(profile);
          case NET ->
              Equations.cycleJoules(profile)
                  - Equations.idleJoules(
                      profile, profile.suspendSeconds() + profile.resumeSeconds());
        };
  }

  /** E_waste, in joules, of a timer of that many seconds. */
  public double joules(GapDistribution gaps, double timer) {
    double longer = gaps.weightAbove(timer);
    double tooShort = gaps.weightBetween(timer, timer + profile.breakEvenSeconds());
    return Equations.idleJoules(profile, timer) + (longer > 0 ? tooShort / longer : 0) * wasted;
  }

  /**
   * The timer with the least waste, in seconds. The probability falls only where the timer passes
   * the length of a gap, so it is 0 or one of those.
   */
  public double timer(GapDistribution gaps) {
    double best = 0;
    double least = joules(gaps, 0);
    for (int i = 0; i < gaps.size(); i++) {
      double waste = joules(gaps, gaps.length(i));
      if (waste < least) {
        least = waste;
        best = gaps.length(i);
      }
    }
    return best;
  }

  /** The timer with the least waste over a whole trace of gaps. */
  public static double timer(PowerProfile profile, Form form, double... gaps) {
    return new Waste(profile, form).timer(GapDistribution.of(gaps));
  }
}
