package io.jettison.sleep.gaps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.jettison.api.power.PowerProfile;
import io.jettison.sleep.gaps.Waste.Form;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class WasteTest {
  private static final double CYCLE = 107.90 * 8.38 + 121.72 * 8.58;
  private static final PowerProfile XPS =
      new PowerProfile("xps7100", 61.40, 1.95, 8.38, 107.90, 8.58, 121.72);

  /** Eight gaps of 1 s, one of 10 s, one of 100 s. */
  private static final double[] TRACE = {1, 1, 1, 1, 1, 1, 1, 1, 10, 100};

  @Test
  void isTheEquation() {
    GapDistribution gaps = GapDistribution.of(TRACE);
    Waste gross = new Waste(XPS, Form.GROSS);
    Waste net = new Waste(XPS, Form.NET);
    // nine of ten gaps are shorter than t_b = 32.22 s
    assertThat(gross.joules(gaps, 0)).isCloseTo(0.9 * CYCLE, within(1e-6));
    // after 1 s one of the two that are left ends before 33.22 s
    assertThat(gross.joules(gaps, 1)).isCloseTo(61.40 + 0.5 * CYCLE, within(1e-6));
    assertThat(gross.joules(gaps, 10)).isCloseTo(614, within(1e-6));
    assertThat(gross.joules(gaps, 80)).isCloseTo(80 * 61.40 + CYCLE, within(1e-6));
    assertThat(net.joules(gaps, 1)).isCloseTo(61.40 + 0.5 * (CYCLE - 61.40 * 16.96), within(1e-6));
  }

  /** 614 J against 1 036 J and 1 754 J; net, 614 J against 515 J and 817 J. */
  @Test
  void grossAndNetMayChooseDifferently() {
    assertThat(Waste.timer(XPS, Form.GROSS, TRACE)).isEqualTo(10);
    assertThat(Waste.timer(XPS, Form.NET, TRACE)).isEqualTo(1);
  }

  @Test
  void sleepsAtOnceWhereAllGapsAreLongOrNoneIsKnown() {
    assertThat(Waste.timer(XPS, Form.GROSS, 60, 60, 600)).isZero();
    assertThat(Waste.timer(XPS, Form.GROSS)).isZero();
  }

  @Provide
  Arbitrary<double[]> traces() {
    return Arbitraries.doubles()
        .between(-3, 3)
        .map(exponent -> Math.pow(10, exponent))
        .array(Double[].class)
        .ofMinSize(1)
        .ofMaxSize(40)
        .map(gaps -> Arrays.stream(gaps).mapToDouble(Double::doubleValue).toArray());
  }

  /** Counted out, gap by gap. */
  private static double waste(double[] trace, double timer) {
    double end = timer + XPS.breakEvenSeconds();
    long longer = Arrays.stream(trace).filter(gap -> gap > timer).count();
    long between = Arrays.stream(trace).filter(gap -> gap > timer && gap < end).count();
    return 61.40 * timer + (longer == 0 ? 0 : (double) between / longer * CYCLE);
  }

  @Property
  void noTimerOfAGridWastesLess(@ForAll("traces") double[] trace) {
    double timer = Waste.timer(XPS, Form.GROSS, trace);
    double least = waste(trace, timer);
    for (double other = 0; other < 60; other += 0.05) {
      assertThat(waste(trace, other)).isGreaterThanOrEqualTo(least - 1e-9);
    }
  }
}
