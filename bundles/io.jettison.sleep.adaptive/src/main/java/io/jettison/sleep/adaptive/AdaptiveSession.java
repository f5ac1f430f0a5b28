package io.jettison.sleep.adaptive;

import io.jettison.api.sleep.SleepPolicy.Session;
import io.jettison.sleep.gaps.GapCost;
import io.jettison.sleep.gaps.GapHistogram;
import io.jettison.sleep.gaps.Learned;
import io.jettison.sleep.gaps.Seconds;
import java.time.Duration;

/** Keeps its credit: twice the offline optimum of the gaps so far, less what they cost. */
final class AdaptiveSession implements Session {
  private final GapCost cost;
  private final Learned learned;
  private final double mostCredit;
  private final Duration bounded;
  private Duration timer;
  private double credit;

  AdaptiveSession(GapCost cost, GapHistogram seen, double mostCredit) {
    this.cost = cost;
    this.learned = new Learned(seen, gaps -> cost.bestTimer(gaps, cost.boundedTimer()));
    this.mostCredit = mostCredit;
    this.bounded = Seconds.duration(cost.boundedTimer());
    this.timer = bounded;
  }

  @Override
  public void request(Duration sinceLast) {
    double gap = Seconds.of(sinceLast);
    credit += 2 * cost.clairvoyant(gap) - cost.joules(gap, Seconds.of(timer));
    credit = Math.min(credit, mostCredit);
    learned.add(gap);
    double wish = learned.timer();
    timer = cost.risk(wish) <= credit ? Seconds.duration(wish) : bounded;
  }

  @Override
  public Duration waitTimer() {
    return timer;
  }
}
