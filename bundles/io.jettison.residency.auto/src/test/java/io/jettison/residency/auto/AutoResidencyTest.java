package io.jettison.residency.auto;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.power.PowerProfile;
import io.jettison.api.residency.ResidencyPolicy.Outlook;
import io.jettison.api.residency.ResidencyPolicy.Residency;
import io.jettison.api.residency.ResidencyPolicy.Stay;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AutoResidencyTest {
  /** Bila et al. 2015, Table III. */
  private static final PowerProfile PC =
      new PowerProfile("table3", 61.4, 1.95, 8.38, 107.90, 8.58, 121.74);

  private static final double GIGABIT = 117e6;
  private final AutoResidency auto = new AutoResidency();

  private static Stay stay(Duration elapsed, long faults, long mib) {
    return new Stay("vm", elapsed, faults, mib << 20, GIGABIT);
  }

  private Residency chosen(Stay stay, PowerProfile profile, Duration... earlier) {
    return auto.choose(stay, new Outlook(profile, List.of(earlier))).residency();
  }

  @Test
  void aVmOfAGibibyteIsParkedSinceThatCostsAboutAsMuchAsOneWake() {
    assertThat(chosen(stay(Duration.ZERO, 0, 1024), PC)).isEqualTo(Residency.PARK);
  }

  @Test
  void aUserWhoAlwaysComesBackAtOnceIsNotParkedFor() {
    Duration[] short20 = new Duration[20];
    java.util.Arrays.fill(short20, Duration.ofSeconds(20));
    assertThat(chosen(stay(Duration.ofSeconds(1), 0, 1 << 20), PC, short20))
        .isEqualTo(Residency.MICROSLEEP);
  }

  @Test
  void aVmThatNeedsNothingForLongIsLeftAlone() {
    assertThat(chosen(stay(Duration.ofHours(2), 0, 64 << 10), PC)).isEqualTo(Residency.MICROSLEEP);
  }

  @Test
  void itChangesItsMindWhenThePcIsNeededOften() {
    assertThat(chosen(stay(Duration.ofHours(2), 600, 64 << 10), PC)).isEqualTo(Residency.PARK);
  }

  @Test
  void whatIsParkedStaysParked() {
    assertThat(chosen(stay(Duration.ofMinutes(1), 0, 0), PC)).isEqualTo(Residency.PARK);
  }

  @Test
  void aPcWhoseTimeIsSpedUpIsJudgedAlike() {
    for (long mib : new long[] {16, 256, 4096, 65536}) {
      for (long faults : new long[] {0, 3, 40}) {
        Stay real = stay(Duration.ofMinutes(20), faults, mib);
        Stay fast = new Stay("vm", Duration.ofMinutes(1), faults, mib << 20, GIGABIT * 20);
        assertThat(chosen(fast, PC.spedUp(20))).isEqualTo(chosen(real, PC));
      }
    }
  }

  @Test
  void itSaysWhy() {
    assertThat(auto.choose(stay(Duration.ZERO, 0, 100), new Outlook(PC, List.of())).reason())
        .contains("100.0 MiB parked")
        .contains("J by microsleeps");
  }

  /** Plays both out, event by event: what it chose is no worse than waking the PC. */
  @Property(tries = 60)
  void isNoWorseThanMicrosleepInExpectation(
      @ForAll @IntRange(min = 0, max = 200_000) int mib,
      @ForAll @IntRange(min = 0, max = 500) int faults,
      @ForAll @IntRange(min = 0, max = 7200) int elapsedSeconds,
      @ForAll List<@IntRange(min = 1, max = 20_000) Integer> earlierSeconds,
      @ForAll long seed) {
    List<Duration> earlier = new ArrayList<>();
    earlierSeconds.forEach(seconds -> earlier.add(Duration.ofSeconds(seconds)));
    Stay stay = stay(Duration.ofSeconds(elapsedSeconds), faults, mib);
    Outlook outlook = new Outlook(PC, earlier);
    double[] left = Expectation.left(stay, outlook);
    double[] weights = Expectation.weights(left.length);
    double rate = Expectation.rate(stay, PC);
    Random random = new Random(seed);
    double idle = 0;
    double sleep = 0;
    double park = 0;
    int plays = 400;
    for (int i = 0; i < left.length; i++) {
      idle += weights[i] * PC.idleWatts() * left[i];
      park += weights[i] * parked(stay, left[i]);
      for (int play = 0; play < plays; play++) {
        sleep += weights[i] * asleep(left[i], rate, random) / plays;
      }
    }
    double microsleep = Math.min(idle, sleep);
    double best = auto.choose(stay, outlook).residency() == Residency.PARK ? park : microsleep;
    assertThat(best).isLessThanOrEqualTo(microsleep * 1.1 + 1);
  }

  private static double parked(Stay stay, double seconds) {
    double sending = stay.coldBytes() / stay.linkBytesPerSecond();
    return sending >= seconds
        ? PC.idleWatts() * seconds
        : PC.idleWatts() * sending + PC.sleepWatts() * (seconds - sending);
  }

  private static double asleep(double seconds, double rate, Random random) {
    double joules = PC.sleepWatts() * seconds;
    double at = -Math.log(1 - random.nextDouble()) / rate;
    while (at < seconds) {
      joules +=
          (PC.suspendWatts() - PC.sleepWatts()) * PC.suspendSeconds()
              + (PC.resumeWatts() - PC.sleepWatts()) * PC.resumeSeconds();
      at -= Math.log(1 - random.nextDouble()) / rate;
    }
    return joules;
  }
}
