package io.jettison.pc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A PC that sleeps whenever it may, a VM that faults at the worst moments, and a network that loses
 * every fifth wake-up and note: no fault is lost, and none waits for more than it must.
 */
class RacesTest {
  private static final int RACES = 1000;
  private static final int FAULTS = 40;

  /** On its way to sleep with an unheard wake-up, resumed for another, again, and then in full. */
  private static final Duration WORST = Duration.ofSeconds(30);

  @TempDir private Path folder;

  @Test
  void noFaultIsLost() {
    long longest = 0;
    long sleeps = 0;
    long selective = 0;
    long full = 0;
    for (int seed = 0; seed < RACES; seed++) {
      try (Simulation race = new Simulation(folder, seed, 5)) {
        Random random = new Random(seed);
        Duration at = Duration.ZERO;
        for (long pfn = 0; pfn < FAULTS; pfn++) {
          // in a burst, about when the servers are told, while it falls asleep, or long after
          long wait = Simulation.WAIT.toMillis();
          long[] gaps = {1, wait - random.nextInt(3), wait + random.nextInt(3_000), 60_000};
          at = at.plusMillis(gaps[random.nextInt(gaps.length)] + random.nextInt(3));
          long page = pfn;
          race.time.after(at, () -> race.fault(page));
        }
        race.live(at.plus(WORST));
        assertThat(race.waiting).as("waiting in race %d", seed).isEmpty();
        assertThat(race.served).isEqualTo(FAULTS);
        longest = Math.max(longest, race.longest);
        sleeps += race.machine.sleeps;
        selective += race.machine.selective;
        full += race.machine.full;
      }
    }
    System.out.printf(
        "%d sleeps, %d selective and %d full resumes; longest wait %d ms%n",
        sleeps, selective, full, longest / 1_000_000);
    assertThat(sleeps).isGreaterThan(3L * RACES);
    assertThat(selective).isGreaterThan(10L * RACES);
    assertThat(Duration.ofNanos(longest)).isLessThan(WORST);
  }
}
