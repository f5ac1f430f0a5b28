package io.jettison.sleep.optimal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.jettison.api.power.PowerProfile;
import io.jettison.sleep.gaps.GapDistribution;
import io.jettison.sleep.gaps.Replay;
import io.jettison.sleep.gaps.Waste;
import io.jettison.sleep.gaps.Waste.Form;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class OptimalSleepTest {
  private static final int SAMPLES = 10;
  private static final PowerProfile XPS =
      new PowerProfile("xps7100", 61.40, 1.95, 8.38, 107.90, 8.58, 121.72);

  @Provide
  Arbitrary<double[]> traces() {
    return Arbitraries.doubles()
        .between(-3, 3)
        .map(exponent -> Math.pow(10, exponent))
        .array(Double[].class)
        .ofMinSize(SAMPLES)
        .ofMaxSize(60)
        .map(gaps -> Arrays.stream(gaps).mapToDouble(Double::doubleValue).toArray());
  }

  /** Online it knows lengths to one part in 32: it wastes what the trace rounded up would. */
  @Property
  void onlineIsOfflineOnTheGapsAsItKnowsThem(@ForAll("traces") double[] trace, @ForAll Form form) {
    Replay online = new Replay(XPS, new OptimalSleep(form, SAMPLES, 100_000));
    for (double gap : trace) {
      online.gap(gap);
    }
    double[] known = Arrays.stream(trace).map(OptimalSleepTest::known).toArray();
    Waste waste = new Waste(XPS, form);
    GapDistribution gaps = GapDistribution.of(known);
    assertThat(waste.joules(gaps, online.timer() + 1e-9))
        .isCloseTo(waste.joules(gaps, waste.timer(gaps)), within(1e-3));
  }

  /** The longest length a histogram does not tell from this one. */
  private static double known(double gap) {
    long micros = (long) Math.ceil(gap * 1e6);
    long step = Math.max(1, Long.highestOneBit(micros) / 32);
    return (micros / step * step + step - 1) / 1e6;
  }

  @Test
  void waitsBreakEvenUntilItHasSeenEnough() {
    OptimalSleep policy = new OptimalSleep(Form.GROSS, 3, 100);
    Replay first = new Replay(XPS, policy);
    for (int i = 0; i < 2; i++) {
      first.gap(1);
      assertThat(first.timer()).isCloseTo(32.22, within(0.005));
    }
    first.gap(1);
    assertThat(first.timer()).isBetween(1.0, 1.04);
    Replay next = new Replay(XPS, policy);
    assertThat(next.timer()).as("what one stay taught serves the next").isEqualTo(first.timer());
  }
}
