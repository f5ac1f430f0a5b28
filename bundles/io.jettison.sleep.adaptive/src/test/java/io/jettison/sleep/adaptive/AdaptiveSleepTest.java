package io.jettison.sleep.adaptive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.jettison.api.power.PowerProfile;
import io.jettison.sleep.gaps.GapCost;
import io.jettison.sleep.gaps.Replay;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AdaptiveSleepTest {
  private static final PowerProfile XPS =
      new PowerProfile("xps7100", 61.40, 1.95, 8.38, 107.90, 8.58, 121.72);
  private static final PowerProfile CAESAR =
      new PowerProfile("custom-caesar", 55.50, 5.06, 1.68, 61.07, 1.49, 65.39);

  /** Transitions that draw less than idling. */
  private static final PowerProfile FRUGAL = new PowerProfile("frugal", 50, 10, 6, 30, 9, 20);

  @Provide
  Arbitrary<PowerProfile> pcs() {
    return Arbitraries.of(XPS, CAESAR, FRUGAL);
  }

  /** Gaps of any length; 0 is an adversary's, who sees the timer and lets it just run out. */
  @Provide
  Arbitrary<List<Double>> traces() {
    Arbitrary<Double> any =
        Arbitraries.doubles().between(-3, 4).map(exponent -> Math.pow(10, exponent));
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(3, any), net.jqwik.api.Tuple.of(2, Arbitraries.just(0.0)))
        .list()
        .ofMaxSize(200);
  }

  @Property
  void neverCostsMoreThanTwiceTheClairvoyant(
      @ForAll("pcs") PowerProfile pc,
      @ForAll("traces") List<Double> trace,
      @ForAll @IntRange(min = 1, max = 1000) int credit,
      @ForAll @IntRange(min = 2, max = 300) int memory) {
    Replay replay = new Replay(pc, new AdaptiveSleep(credit, memory));
    for (double gap : trace) {
      replay.gap(gap == 0 ? replay.timer() + 1e-6 : gap);
      assertThat(replay.joules()).isLessThanOrEqualTo(2 * replay.clairvoyant() + 1e-6);
    }
  }

  /** Kept up for long against who lets each timer just run out: where the bound bites. */
  @Test
  void holdsOutAgainstAnAdversary() {
    Replay replay = new Replay(XPS, new AdaptiveSleep(1000, 1000));
    for (int i = 0; i < 2_000; i++) {
      replay.gap(i < 500 ? 0.5 + i % 100 : replay.timer() + 1e-6);
      assertThat(replay.joules()).isLessThanOrEqualTo(2 * replay.clairvoyant() + 1e-6);
    }
    assertThat(replay.joules() / replay.clairvoyant()).isGreaterThan(1.5);
  }

  /** Nine requests some two seconds apart, then five minutes of nothing. */
  private static double rhythm(int i, Random random) {
    return i % 10 == 9 ? 300 + random.nextInt(60) : 1 + random.nextDouble();
  }

  @Test
  void learnsARhythm() {
    Random random = new Random(1);
    Replay replay = new Replay(XPS, new AdaptiveSleep(10, 10_000));
    GapCost cost = new GapCost(XPS);
    double joules = 0;
    double clairvoyant = 0;
    double waiting = 0;
    for (int i = 0; i < 1_000; i++) {
      double gap = rhythm(i, random);
      replay.gap(gap);
      if (i == 499) {
        joules = replay.joules();
        clairvoyant = replay.clairvoyant();
      }
      waiting += i < 500 ? 0 : cost.joules(gap, cost.boundedTimer());
    }
    joules = replay.joules() - joules;
    clairvoyant = replay.clairvoyant() - clairvoyant;
    assertThat(replay.timer()).isBetween(1.9, 2.1);
    assertThat(joules / clairvoyant).isLessThan(1.05);
    assertThat(waiting / clairvoyant).as("who does not learn").isGreaterThan(1.4);
  }

  @Test
  void losesNoMoreThanItsCreditWhenTheGapsBecomeOthers() {
    Random random = new Random(1);
    int credit = 3;
    Replay replay = new Replay(XPS, new AdaptiveSleep(credit, 10_000));
    for (int i = 0; i < 5_000; i++) {
      replay.gap(rhythm(i, random));
    }
    double joules = replay.joules();
    double clairvoyant = replay.clairvoyant();
    for (int i = 0; i < 200; i++) {
      replay.gap(replay.timer() + 1e-6);
      assertThat(replay.joules() - joules)
          .isLessThanOrEqualTo(2 * (replay.clairvoyant() - clairvoyant) + credit * 1948.6 + 1);
    }
  }

  @Test
  void beginsAsSkiRentalDoes() {
    assertThat(new Replay(XPS, new AdaptiveSleep(10, 100)).timer()).isCloseTo(32.22, within(0.005));
  }
}
