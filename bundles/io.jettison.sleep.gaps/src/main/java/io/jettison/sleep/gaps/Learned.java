package io.jettison.sleep.gaps;

import java.util.function.ToDoubleFunction;

/**
 * A timer that follows what is seen. Worked out anew when the distribution changed by some percent,
 * and after each gap that outlasted the timer: those are rare, and tell most. For one thread.
 */
public final class Learned {
  private static final int CHANGE = 64;

  private final GapHistogram seen;
  private final ToDoubleFunction<GapDistribution> best;
  private double timer = Double.NaN;
  private long known;

  /**
   * Learns.
   *
   * @param seen gaps, which others may add to
   * @param best the timer for what was seen
   */
  public Learned(GapHistogram seen, ToDoubleFunction<GapDistribution> best) {
    this.seen = seen;
    this.best = best;
  }

  /** A gap of that many seconds came to its end. */
  public void add(double gap) {
    seen.add(gap);
    if (gap > timer) {
      timer = Double.NaN;
    }
  }

  /** The timer, in seconds. */
  public double timer() {
    long added = seen.added();
    if (Double.isNaN(timer) || added - known > added / CHANGE) {
      known = added;
      timer = best.applyAsDouble(seen.distribution());
    }
    return timer;
  }
}
