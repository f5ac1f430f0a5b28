package io.jettison.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jettison.api.power.PowerProfile;
import io.jettison.energy.Ledger;
import io.jettison.energy.PcState;
import io.jettison.energy.Transition;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TimelineTest {
  static final PowerProfile PROFILE = new PowerProfile("test", 50, 5, 2, 80, 3, 100);
  static final long SECOND = 1_000_000_000L;

  /** Awake for 5 s, asleep from 7 to 97, awake again from 100 s on. */
  static List<Transition> night() {
    return List.of(
        new Transition(5 * SECOND, "pc1", PcState.SUSPENDING, "nothing was asked"),
        new Transition(7 * SECOND, "pc1", PcState.ASLEEP, "nothing was asked"),
        new Transition(97 * SECOND, "pc1", PcState.RESUMING, "woken by a user"),
        new Transition(100 * SECOND, "pc1", PcState.AWAKE, "woken by a user"));
  }

  private static Timeline between(long from, long until) {
    return new Timeline("pc1", PROFILE, night(), from * SECOND, until * SECOND);
  }

  @Test
  void itsAccountIsThatOfTheLedger() {
    AtomicLong clock = new AtomicLong();
    Ledger ledger = new Ledger(clock::get, 0);
    ledger.open("pc1", PROFILE);
    for (Transition one : night()) {
      clock.set(one.nanos());
      ledger.enter("pc1", one.state(), one.reason());
    }
    clock.set(120 * SECOND);
    assertThat(between(0, 120).account().joules())
        .isEqualTo(ledger.pc("pc1").orElseThrow().joules(), within(1e-6))
        .isEqualTo(5 * 50 + 2 * 80 + 90 * 5 + 3 * 100 + 20 * 50, within(1e-6));
    assertThat(between(0, 120).account().savedFraction()).isEqualTo(0.64, within(1e-9));
  }

  @Test
  void whatCameBeforeSaysHowItBegins() {
    assertThat(between(50, 98).steps())
        .containsExactly(
            new Timeline.Step(0, 47, PcState.ASLEEP, false),
            new Timeline.Step(47, 48, PcState.RESUMING, true));
    assertThat(between(0, 4).steps())
        .containsExactly(new Timeline.Step(0, 4, PcState.AWAKE, false));
    assertThat(between(98, 110).steps().get(0))
        .isEqualTo(new Timeline.Step(0, 2, PcState.RESUMING, false));
  }

  @Test
  void aResumeThatBecomesOneOfAllIsOneWake() {
    List<Transition> both =
        List.of(
            new Transition(0, "pc1", PcState.ASLEEP, ""),
            new Transition(SECOND, "pc1", PcState.RESUMING_SELECTIVE, ""),
            new Transition(2 * SECOND, "pc1", PcState.RESUMING, ""));
    assertThat(new Timeline("pc1", PROFILE, both, 0, 3 * SECOND).steps())
        .filteredOn(Timeline.Step::woken)
        .hasSize(1);
  }

  @Test
  void noTimeIsNoTimeline() {
    assertThatThrownBy(() -> between(5, 5)).isInstanceOf(IllegalArgumentException.class);
  }
}
