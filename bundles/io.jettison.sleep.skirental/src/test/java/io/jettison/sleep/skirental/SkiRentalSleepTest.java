package io.jettison.sleep.skirental;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.jettison.api.power.PowerProfile;
import io.jettison.api.sleep.SleepPolicy;
import io.jettison.sleep.gaps.GapCost;
import io.jettison.sleep.gaps.Replay;
import io.jettison.sleep.gaps.Seconds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class SkiRentalSleepTest {
  private static final PowerProfile XPS =
      new PowerProfile("xps7100", 61.40, 1.95, 8.38, 107.90, 8.58, 121.72);
  private static final PowerProfile CUSTOM =
      new PowerProfile("custom", 55.50, 5.06, 3.0, 61.07, 6.33, 65.39);
  private static final PowerProfile SLOW =
      new PowerProfile("slow to suspend", 50, 1, 20, 51, 0, 51);

  @Provide
  Arbitrary<List<Double>> traces() {
    return Arbitraries.doubles()
        .between(-3, 4)
        .map(exponent -> Math.pow(10, exponent))
        .list()
        .ofMaxSize(50);
  }

  @Provide
  Arbitrary<PowerProfile> pcs() {
    return Arbitraries.of(XPS, CUSTOM, SLOW);
  }

  @Property
  void neverCostsMoreThanTwiceTheClairvoyant(
      @ForAll("pcs") PowerProfile pc, @ForAll("traces") List<Double> trace) {
    Replay replay = new Replay(pc, new SkiRentalSleep(false, new SplittableRandom(1)));
    for (double gap : trace) {
      replay.gap(gap);
      assertThat(replay.joules()).isLessThanOrEqualTo(2 * replay.clairvoyant() + 1e-6);
      replay.gap(replay.timer() + 1e-6); // the worst that can come
      assertThat(replay.joules()).isLessThanOrEqualTo(2 * replay.clairvoyant() + 1e-6);
    }
  }

  @Test
  void waitsBreakEven() {
    SleepPolicy policy = new SkiRentalSleep(false, new SplittableRandom(1));
    assertThat(Seconds.of(policy.open(XPS).waitTimer())).isCloseTo(32.22, within(0.005));
    assertThat(Seconds.of(policy.open(CUSTOM).waitTimer())).isCloseTo(10.90, within(0.005));
  }

  /** What is drawn evenly becomes a timer by the curve whose expectation is bounded. */
  @Test
  void aRandomTimerIsDrawnOncePerGapByTheCurve() {
    GapCost cost = new GapCost(XPS);
    double[] uniform = {0.0, 0.25, 0.5, 0.999};
    int[] drawn = {0};
    SleepPolicy.Session session =
        new SkiRentalSleep.Drawn(cost, () -> uniform[drawn[0]++ % uniform.length]);
    for (double expected : uniform) {
      assertThat(Seconds.of(session.waitTimer()))
          .isCloseTo(cost.randomTimer(expected), within(1e-8))
          .isEqualTo(Seconds.of(session.waitTimer()));
      session.request(Duration.ofSeconds(1));
    }
    assertThat(drawn[0]).isEqualTo(5);
  }

  private static List<Duration> timers(SleepPolicy policy, PowerProfile pc) {
    SleepPolicy.Session session = policy.open(pc);
    List<Duration> timers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      timers.add(session.waitTimer());
      session.request(Duration.ofSeconds(1));
    }
    return timers;
  }

  @Test
  void theSameSeedDrawsTheSame() {
    List<Duration> timers = timers(new SkiRentalSleep(true, new SplittableRandom(7)), XPS);
    assertThat(timers)
        .isEqualTo(timers(new SkiRentalSleep(true, new SplittableRandom(7)), XPS))
        .isNotEqualTo(timers(new SkiRentalSleep(true, new SplittableRandom(8)), XPS))
        .doesNotHaveDuplicates();
  }

  @Test
  void aPcThatTakesLongToSuspendWaitsBreakEvenAllTheSame() {
    assertThat(timers(new SkiRentalSleep(true, new SplittableRandom(7)), SLOW))
        .containsOnly(Seconds.duration(new GapCost(SLOW).boundedTimer()));
  }
}
