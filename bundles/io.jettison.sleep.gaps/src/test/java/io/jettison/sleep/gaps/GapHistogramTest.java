package io.jettison.sleep.gaps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class GapHistogramTest {
  @Property
  void tellsALengthToOnePartIn32AndNeverShorter(
      @ForAll @DoubleRange(min = 0, max = 1_000_000) double seconds) {
    GapHistogram histogram = new GapHistogram(10);
    histogram.add(seconds);
    GapDistribution gaps = histogram.distribution();
    assertThat(gaps.size()).isEqualTo(1);
    assertThat(gaps.length(0)).isBetween(seconds, seconds * (1 + 1.0 / 32) + 1.1e-6);
    assertThat(gaps.weightAbove(seconds / 2 - 1)).isEqualTo(1);
  }

  @Test
  void takesLengthsOutOfItsRange() {
    GapHistogram histogram = new GapHistogram(10);
    histogram.add(-1);
    histogram.add(1e12);
    GapDistribution gaps = histogram.distribution();
    assertThat(gaps.length(0)).isZero();
    assertThat(gaps.length(1)).isCloseTo(1_099_511, within(1.0));
  }

  @Test
  void forgetsByHalves() {
    GapHistogram histogram = new GapHistogram(100);
    for (int i = 0; i < 100; i++) {
      histogram.add(1);
    }
    histogram.add(50);
    GapDistribution gaps = histogram.distribution();
    assertThat(gaps.weightAbove(0)).isEqualTo(50.5);
    assertThat(gaps.weightAbove(10)).isEqualTo(0.5);
    assertThat(histogram.added()).isEqualTo(101);
    for (int i = 0; i < 1_000; i++) {
      histogram.add(50);
    }
    assertThat(histogram.distribution().weightBetween(0, 10)).isLessThan(0.1);
  }
}
