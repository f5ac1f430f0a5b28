package io.jettison.chart;

import io.jettison.api.power.Equations;
import io.jettison.api.power.PowerProfile;
import io.jettison.energy.Account;
import io.jettison.energy.PcState;
import io.jettison.energy.Transition;
import java.util.ArrayList;
import java.util.List;

/**
 * What a PC did in some time. Immutable. A lab whose time runs faster is drawn in the PC's time:
 * the moments of its transitions multiplied by how many times as fast, with a profile that is not
 * sped up.
 *
 * @param title one line, for people
 * @param profile what the PC draws
 * @param transitions of this PC, oldest first; the last before the time says what the PC did when
 *     it began, and without one it was awake. Those after the time are left out
 * @param fromNanos when the time begins, by the clock of the transitions
 * @param untilNanos when it ends
 */
public record Timeline(
    String title,
    PowerProfile profile,
    List<Transition> transitions,
    long fromNanos,
    long untilNanos) {
  private static final double NANOS = 1e9;

  /** The PC did this from then, in seconds since the beginning, until the next. */
  record Step(double from, double until, PcState state, boolean woken) {
    double seconds() {
      return until - from;
    }
  }

  /**
   * Takes a copy.
   *
   * @throws IllegalArgumentException if it ends before it begins
   */
  public Timeline {
    if (untilNanos <= fromNanos) {
      throw new IllegalArgumentException("a timeline ends after it begins");
    }
    transitions = List.copyOf(transitions);
  }

  /** What the PC used in that time, and what idling would have. No server is in it. */
  public Account account() {
    double joules = 0;
    for (Step step : steps()) {
      joules += step.state().watts(profile) * step.seconds();
    }
    double seconds = seconds(untilNanos);
    return new Account(seconds, joules, Equations.idleJoules(profile, seconds), 0);
  }

  /** At least one; each begins where the one before ends. */
  List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    PcState state = PcState.AWAKE;
    boolean woken = false;
    double from = 0;
    for (Transition next : transitions) {
      if (next.nanos() > untilNanos) {
        break;
      }
      double at = seconds(Math.max(next.nanos(), fromNanos));
      if (at > from) {
        steps.add(new Step(from, at, state, woken));
      }
      woken = next.nanos() >= fromNanos && next.state().wakes() && !state.wakes();
      state = next.state();
      from = at;
    }
    steps.add(new Step(from, seconds(untilNanos), state, woken));
    return steps;
  }

  private double seconds(long nanos) {
    return (nanos - fromNanos) / NANOS;
  }
}
