package io.jettison.sleep.gaps;

import io.jettison.api.power.PowerProfile;
import io.jettison.api.sleep.SleepPolicy;
import java.time.Duration;

/**
 * What a policy's session costs in gaps that come one after another, and what they would at best.
 */
public final class Replay {
  private final GapCost cost;
  private final SleepPolicy.Session session;
  private double joules;
  private double clairvoyant;

  /** Of a policy in a PC. */
  public Replay(PowerProfile profile, SleepPolicy policy) {
    this.cost = new GapCost(profile);
    this.session = policy.open(profile);
  }

  /** The timer for the gap to come, in seconds. */
  public double timer() {
    return Seconds.of(session.waitTimer());
  }

  /** A gap of that many seconds. */
  public void gap(double seconds) {
    Duration gap = Seconds.duration(seconds);
    double exact = Seconds.of(gap);
    joules += cost.joules(exact, timer());
    clairvoyant += cost.clairvoyant(exact);
    session.request(gap);
  }

  /** Cost so far. */
  public double joules() {
    return joules;
  }

  /** The offline optimum so far. */
  public double clairvoyant() {
    return clairvoyant;
  }
}
