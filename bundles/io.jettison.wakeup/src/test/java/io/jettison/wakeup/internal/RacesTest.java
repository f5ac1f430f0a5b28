package io.jettison.wakeup.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.api.wake.Need;
import io.jettison.api.wake.Need.Kind;
import io.jettison.api.wake.Waker.Context;
import io.jettison.wakeup.Pc;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A model of a PC that sleeps whenever it may and of a VM that faults at the worst moments: no
 * fault is lost. The network loses wake-ups and notes; requests to a PC that does not run are lost.
 */
class RacesTest {
  private static final int RACES = 1000;
  private static final int FAULTS = 40;
  private static final Duration TRIP = Duration.ofNanos(100_000);
  private static final Duration RESEND = Duration.ofSeconds(2);
  private static final Duration WAIT = Duration.ofSeconds(2);
  private static final Duration SUSPEND = Duration.ofSeconds(3);
  private static final Duration SELECTIVE = Duration.ofMillis(1490);
  private static final Duration FULL = Duration.ofMillis(6330);

  /** On its way to sleep with an unheard wake-up, again with another, and resumed in full. */
  private static final Duration WORST = Duration.ofSeconds(30);

  private enum Being {
    AWAKE,
    SUSPENDING,
    ASLEEP,
    RESUMING
  }

  @TempDir private Path folder;

  private final class Race {
    private final VirtualTime time = new VirtualTime();
    private final Random random;
    private final Pc pc;
    private final TreeMap<Long, Long> waiting = new TreeMap<>();
    private Being being = Being.AWAKE;
    private int activity;
    private long longest;
    private int sleeps;
    private int served;

    Race(long seed) {
      random = new Random(seed);
      Pacing pacing =
          new Pacing(
              WAIT,
              Duration.ofMillis(250),
              Duration.ofSeconds(1),
              Duration.ofMillis(500),
              Duration.ofSeconds(20),
              Duration.ofSeconds(15),
              Duration.ofHours(3));
      WakeupService service =
          new WakeupService(
              pacing,
              time,
              new Neighbours(folder.resolve("none")),
              new PcFile(folder.resolve("pcs" + seed)),
              () -> {});
      service.addWaker(
          (target, context) -> {
            if (random.nextInt(5) > 0) {
              time.after(TRIP, () -> wakeUp(context));
            }
            return Outcome.done();
          });
      pc = service.pc("pc");
      pc.met(java.net.InetAddress.getLoopbackAddress(), OptionalLong.of(2));
      pc.awake();
      rest();
    }

    /** The PC's wait timer begins. */
    private void rest() {
      int now = ++activity;
      time.after(
          WAIT,
          () -> {
            if (activity == now && being == Being.AWAKE) {
              note(pc::suspending);
              suspend();
            }
          });
    }

    private void suspend() {
      being = Being.SUSPENDING;
      sleeps++;
      time.after(SUSPEND, () -> being = Being.ASLEEP);
    }

    private void note(Runnable note) {
      if (random.nextInt(5) > 0) {
        time.after(TRIP, note);
      }
    }

    private void wakeUp(Optional<Context> context) {
      if (being == Being.ASLEEP) { // else its card does not listen
        being = Being.RESUMING;
        time.after(
            context.isPresent() ? SELECTIVE : FULL,
            () -> {
              if (context.isPresent()) {
                answer(context.get().argument());
                suspend();
              } else {
                being = Being.AWAKE;
                time.after(TRIP, this::hello); // a fresh link: not lost
                rest();
              }
            });
      }
    }

    private void hello() {
      pc.awake();
      waiting.keySet().forEach(this::request);
    }

    private void request(long pfn) {
      if (pc.believedAwake()) {
        pc.touched();
      } else {
        pc.needed(new Need(Kind.PAGE, "vm", pfn), Optional.of(new Context(1, pfn)));
      }
      time.after(
          TRIP,
          () -> {
            if (being == Being.AWAKE) {
              rest();
              answer(pfn);
            }
          });
    }

    private void answer(long pfn) {
      time.after(
          TRIP,
          () -> {
            pc.answered(Kind.PAGE, "vm", pfn);
            Long since = waiting.remove(pfn);
            if (since != null) {
              served++;
              longest = Math.max(longest, time.nanos() - since);
            }
          });
    }

    /** Asked for again while it does not come. */
    private void ask(long pfn) {
      if (waiting.containsKey(pfn)) {
        request(pfn);
        time.after(RESEND, () -> ask(pfn));
      }
    }

    void run() {
      for (long pfn = 0; pfn < FAULTS; pfn++) {
        // in a burst, about when the PC falls asleep, or long after
        long[] gaps = {1, 2_000 - random.nextInt(3), 5_000 - random.nextInt(3), 60_000};
        time.pass(Duration.ofMillis(gaps[random.nextInt(gaps.length)] + random.nextInt(2)));
        waiting.put(pfn, time.nanos());
        ask(pfn);
      }
      time.pass(WORST);
    }
  }

  @Test
  void noFaultIsLost() {
    long longest = 0;
    long sleeps = 0;
    for (int seed = 0; seed < RACES; seed++) {
      Race race = new Race(seed);
      race.run();
      assertThat(race.waiting).as("waiting in race %d", seed).isEmpty();
      assertThat(race.served).isEqualTo(FAULTS);
      longest = Math.max(longest, race.longest);
      sleeps += race.sleeps;
    }
    System.out.printf("%d sleeps; longest wait %d ms%n", sleeps, longest / 1_000_000);
    assertThat(sleeps).isGreaterThan(5L * RACES);
    assertThat(Duration.ofNanos(longest)).isLessThan(WORST);
  }
}
