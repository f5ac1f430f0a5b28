package io.jettison.pc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.api.activity.ActivitySource;
import io.jettison.api.power.PcDay.State;
import io.jettison.api.power.PcDay.Status;
import io.jettison.api.power.PowerController;
import io.jettison.api.sleep.SleepPolicy;
import io.jettison.energy.Account;
import io.jettison.energy.PcState;
import io.jettison.energy.Transition;
import io.jettison.vm.Residence;
import io.jettison.vm.VmState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DayTest {
  private static final String IDLE = "nothing was asked for 2.0 s (sleep policy fixed)";

  @TempDir private Path folder;
  private Simulation pc;

  @BeforeEach
  void begin() {
    pc = new Simulation(folder, 1, 0);
  }

  @AfterEach
  void end() {
    pc.close();
  }

  private void at(long millis, Runnable event) {
    pc.time.after(Duration.ofMillis(millis), event);
  }

  private void live(long seconds) {
    pc.live(Duration.ofSeconds(seconds));
  }

  private List<PcState> states() {
    return pc.ledger.transitions().stream().map(Transition::state).toList();
  }

  private List<String> reasons() {
    return pc.ledger.transitions().stream().map(Transition::reason).toList();
  }

  private static <S> Optional<Named<S>> named(S service, String kind, String name) {
    return Optional.of(new Named<>(service, kind, name));
  }

  @Test
  void aFaultWakesItForItsPageAloneAndItSleepsAgain() {
    at(30_000, () -> pc.fault(7));
    live(3_700);
    assertThat(pc.waiting).isEmpty();
    assertThat(pc.machine.selective).isEqualTo(1);
    assertThat(pc.machine.full).as("its alarm").isPositive();
    assertThat(Duration.ofNanos(pc.longest)).isLessThan(Duration.ofMillis(1_500));
    assertThat(states())
        .startsWith(
            PcState.SUSPENDING,
            PcState.ASLEEP,
            PcState.RESUMING_SELECTIVE,
            PcState.AWAKE_SELECTIVE,
            PcState.SUSPENDING_SELECTIVE,
            PcState.ASLEEP,
            PcState.RESUMING,
            PcState.AWAKE);
    assertThat(reasons())
        .containsSubsequence(
            IDLE,
            IDLE,
            "woken for page 7 of work",
            "woken for page 7 of work",
            "woken for page 7 of work: context JTSNMEM1 was served",
            "woken by its alarm: it was not woken by a packet");
    assertThat(pc.notes).startsWith("AWAKE to server:7700", "SUSPENDING to server:7700");
  }

  @Test
  void itStaysAwakeWhileItsVmIsBeingParkedAndThenSleepsAtOnce() {
    pc.residence = residence(Residence.State.PARKING);
    at(60_000, () -> pc.residence = residence(Residence.State.PARKED));
    at(90_000, () -> pc.fault(7)); // of a page that was damaged there
    live(300);
    List<Transition> all = pc.ledger.transitions();
    assertThat(Duration.ofNanos(all.get(0).nanos()))
        .as("by a clock that began at -1 s")
        .isBetween(Duration.ofMillis(59_000), Duration.ofMillis(59_520));
    assertThat(reasons()).startsWith("the server has all of work 3");
    assertThat(pc.waiting).isEmpty();
    assertThat(pc.machine.selective).isEqualTo(1);
  }

  private static Optional<Residence> residence(Residence.State state) {
    return Optional.of(new Residence(state, "park", "it is a test", 0, 0));
  }

  @Test
  void aFaultWhileItFallsAsleepIsServedAfterOneCycle() {
    for (int seed = 0; seed < 31; seed++) {
      int page = seed;
      Simulation race = new Simulation(folder, 1_000 + seed, 0);
      race.time.after(Duration.ofMillis(2_001 + 100 * seed), () -> race.fault(page));
      race.live(Duration.ofSeconds(30));
      assertThat(race.waiting).isEmpty();
      assertThat(race.ledger.wakes("pc1")).as("and its alarm").isEqualTo(2);
      // asleep at last, when the next wake-up is heard, and resumed for the page or, if servers
      // were not told yet when it was asked for, in full
      assertThat(Duration.ofNanos(race.longest))
          .isLessThan(SleepingPc.SUSPEND.plusMillis(1_500).plus(SleepingPc.FULL));
      race.close();
    }
  }

  @Test
  void whatItCannotSayAtTheTimeIsAsItsProfileSays() {
    at(105_000, pc.machine::pressKey);
    live(120);
    assertThat(states())
        .containsExactly(PcState.SUSPENDING, PcState.ASLEEP, PcState.RESUMING, PcState.AWAKE);
    List<Transition> all = pc.ledger.transitions();
    assertThat(all.get(1).nanos() - all.get(0).nanos()).isEqualTo(3_000_000_000L);
    assertThat(all.get(3).nanos() - all.get(2).nanos()).isEqualTo(6_330_000_000L);
    assertThat(pc.ledger.wakes("pc1")).isEqualTo(1);
    Account account = pc.ledger.vm("work").orElseThrow();
    assertThat(account).isEqualTo(pc.ledger.consolidated("pc1").orElseThrow());
    assertThat(account.savedFraction()).isBetween(0.6, 0.8);
  }

  @Test
  void aPolicyHearsOfGapsWithoutTheResumeThatEndedThem() {
    at(1_000, () -> pc.fault(1));
    at(1_500, () -> pc.fault(2));
    at(61_500, () -> pc.fault(3));
    live(200);
    assertThat(pc.gaps).hasSize(3);
    assertThat(pc.gaps.get(1)).isBetween(Duration.ofMillis(499), Duration.ofMillis(501));
    assertThat(pc.gaps.get(2)).isBetween(Duration.ofMillis(59_900), Duration.ofMillis(60_100));
  }

  @Test
  void severalFaultsAtOnceGetTheWholePcAndFreshLinks() {
    at(30_000, () -> pc.fault(1));
    at(30_010, () -> pc.fault(2));
    at(30_020, () -> pc.fault(3));
    live(60);
    assertThat(pc.waiting).isEmpty();
    assertThat(pc.relinks).isPositive();
  }

  @Test
  void whatComesWhileServersAreToldKeepsItAwake() {
    pc.onNote =
        () -> {
          if (pc.notes.size() == 2) {
            pc.fault(9);
          }
        };
    live(3);
    assertThat(pc.waiting).isEmpty();
    assertThat(pc.machine.sleeps).isZero();
    assertThat(pc.notes)
        .containsExactly(
            "AWAKE to server:7700", "SUSPENDING to server:7700", "AWAKE to server:7700");
    assertThat(pc.ledger.transitions()).isEmpty();
    live(60);
    assertThat(pc.machine.sleeps).isEqualTo(1);
  }

  @Test
  void aVmThatComesHomeWhileServersAreToldKeepsItAwake() {
    pc.onNote =
        () -> {
          if (pc.notes.size() == 2) {
            pc.vm = VmState.REINTEGRATING;
          }
        };
    live(60);
    assertThat(pc.machine.sleeps).isZero();
    assertThat(pc.day.status().why()).isEqualTo("work is reintegrating");
  }

  @Test
  void itStaysAwakeForVmsThatAreHere() {
    pc.vm = VmState.LOCAL;
    live(60);
    assertThat(pc.day.status().why()).isEqualTo("work is local");
    pc.vm = VmState.OFF;
    live(60);
    assertThat(pc.day.status().why()).isEqualTo("no VM is away");
    assertThat(pc.ledger.vms()).isEmpty();
    pc.vm = VmState.REMOTE;
    live(1);
    assertThat(pc.day.status())
        .isEqualTo(
            new Status(
                "pc1",
                State.AWAKE,
                "its wait timer runs",
                Optional.of(Simulation.WAIT),
                "fixed",
                "simulated",
                Optional.empty()));
    assertThat(pc.ledger.vms()).containsExactly("work");
    assertThat(pc.machine.sleeps).isZero();
    live(60);
    assertThat(pc.machine.sleeps).isEqualTo(1);
  }

  @Test
  void withoutAControllerOrAPolicyItDoesNotSleep() {
    var controller = pc.controller;
    pc.controller = Optional.empty();
    live(60);
    assertThat(pc.day.status().why()).isEqualTo("there is no power controller simulated");
    pc.controller = controller;
    pc.policy = Optional.empty();
    live(60);
    assertThat(pc.day.status().why()).isEqualTo("there is no sleep policy");
    assertThat(pc.machine.sleeps).isZero();
  }

  @Test
  void aUserKeepsItAwakeAndOneWhoWakesItDoesForAWhile() {
    boolean[] there = {true};
    ActivitySource keyboard = vm -> Optional.of(Duration.ofSeconds(there[0] ? 1 : 100));
    pc.sources = List.of(new Named<>(keyboard, "activity source", "keyboard"));
    live(60);
    assertThat(pc.day.status().why()).isEqualTo("the activity source keyboard sees a user");
    there[0] = false;
    at(20_000, pc.machine::pressKey);
    live(40);
    assertThat(pc.machine.sleeps).isEqualTo(1);
    assertThat(pc.day.status().why()).isEqualTo("a user woke it");
    assertThat(reasons()).contains("woken by a user: it was not woken by a packet");
    assertThat(pc.fetchedHome).isEqualTo(1);
    live(100);
    assertThat(pc.machine.sleeps).isEqualTo(2);
    assertThat(pc.fetchedHome).as("for a user alone").isEqualTo(1);
  }

  @Test
  void aServerThatDoesNotHearIsToldAgain() {
    pc.serverHears = false;
    at(20_000, pc.machine::pressKey);
    live(40);
    assertThat(pc.machine.sleeps).isEqualTo(1);
    pc.serverHears = true;
    live(90);
    assertThat(pc.notes).filteredOn(note -> note.startsWith("AWAKE")).hasSizeGreaterThan(3);
    int told = pc.notes.size();
    pc.vm = VmState.LOCAL;
    live(60);
    assertThat(pc.notes).hasSize(told);
  }

  @Test
  void aServerThatDidNotHearIsToldAlsoWhileAUserIsThere() {
    pc.serverHears = false;
    at(20_000, pc.machine::pressKey);
    live(40);
    assertThat(pc.day.status().why()).isEqualTo("a user woke it");
    pc.serverHears = true;
    int told = pc.notes.size();
    live(10);
    assertThat(pc.day.status().why()).isEqualTo("a user woke it");
    assertThat(pc.notes.subList(told, pc.notes.size())).containsExactly("AWAKE to server:7700");
  }

  @Test
  void aRefusalKeepsItAwakeForAWhile() {
    int[] asked = {0};
    PowerController busy =
        new PowerController() {
          @Override
          public Outcome<String> check() {
            return Outcome.done("");
          }

          @Override
          public Outcome<WakeReason> sleep(Duration atMost) {
            asked[0]++;
            return Outcome.refused("a film is shown", "wait for its end");
          }
        };
    pc.controller = named(busy, "power controller", "busy");
    live(30);
    assertThat(asked[0]).isEqualTo(1);
    assertThat(pc.day.status().why())
        .isEqualTo("it could not sleep: a film is shown (wait for its end)");
    assertThat(reasons()).contains("a film is shown");
    assertThat(states()).doesNotContain(PcState.RESUMING);
    live(60);
    assertThat(asked[0]).isEqualTo(2);
  }

  /** Whatever of it fails, it stays awake, and sleeps again with what takes its place. */
  @Test
  void whatThrowsOrHangsKeepsItAwakeUntilItIsReplaced() {
    var policy = pc.policy;
    var controller = pc.controller;
    pc.policy =
        named(
            profile -> {
              throw new IllegalStateException("broken");
            },
            "sleep policy",
            "broken");
    live(10);
    assertThat(pc.day.status().why()).isEqualTo("the sleep policy broken failed");
    pc.policy = named(profile -> new Broken(), "sleep policy", "late");
    live(10);
    assertThat(pc.day.status().why()).isEqualTo("the sleep policy late failed");
    pc.policy = policy;
    pc.controller = named(new BrokenController(), "power controller", "broken");
    live(10);
    assertThat(pc.day.status().why()).isEqualTo("the power controller broken failed");
    assertThat(pc.notes).endsWith("SUSPENDING to server:7700", "AWAKE to server:7700");
    pc.controller = controller;
    live(70);
    assertThat(pc.machine.sleeps).isEqualTo(1);
  }

  @Test
  void aPolicyMaySayNever() {
    SleepPolicy never =
        profile ->
            new SleepPolicy.Session() {
              @Override
              public void request(Duration sinceLast) {}

              @Override
              public Duration waitTimer() {
                return Duration.ofSeconds(Long.MAX_VALUE);
              }
            };
    pc.policy = named(never, "sleep policy", "never");
    live(100);
    assertThat(pc.machine.sleeps).isZero();
    assertThat(pc.day.status().why()).isEqualTo("its wait timer runs");
  }

  private static final class Broken implements SleepPolicy.Session {
    @Override
    public void request(Duration sinceLast) {}

    @Override
    public Duration waitTimer() {
      throw new IllegalStateException("broken");
    }
  }

  private static final class BrokenController implements PowerController {
    @Override
    public Outcome<String> check() {
      return Outcome.done("");
    }

    @Override
    public Outcome<WakeReason> sleep(Duration atMost) {
      throw new NoClassDefFoundError("replaced");
    }
  }

  @Test
  void aPolicyThatHangsIsGivenUp() {
    CountDownLatch never = new CountDownLatch(1);
    try (Guard impatient = new Guard(Duration.ofMillis(50))) {
      Named<String> who = new Named<>("it", "sleep policy", "hanging");
      Optional<Boolean> answer = impatient.ask(who, it -> hang(never));
      assertThat(answer).isEmpty();
      assertThat(who.failed()).isTrue();
      assertThat(impatient.ask(who, it -> true)).isEmpty();
    }
    try (Guard patient = new Guard(Duration.ofMinutes(1))) {
      assertThat(patient.ask(new Named<>("it", "k", "n"), it -> true)).contains(true);
    }
  }

  private static boolean hang(CountDownLatch never) {
    try {
      never.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return true;
  }

  @Test
  void aControllerThatHangsIsGivenUpAndOneThatAsksIsNot() {
    Sleeper impatient = new Sleeper(Duration.ofMillis(20), 3);
    CountDownLatch never = new CountDownLatch(1);
    Named<PowerController> hanging =
        new Named<>(new SlowController(0, never), "power controller", "hanging");
    assertThat(impatient.sleep(hanging, Duration.ofHours(1), (reason, packet) -> false).isDone())
        .isFalse();
    assertThat(hanging.failed()).isTrue();

    Sleeper patient = new Sleeper(Duration.ofSeconds(5), 3);
    never.countDown();
    Named<PowerController> asking =
        new Named<>(new SlowController(3, never), "power controller", "asking");
    int[] asked = {0};
    assertThat(
            patient.sleep(asking, Duration.ofHours(1), (reason, packet) -> ++asked[0] < 3).isDone())
        .isTrue();
    assertThat(asked[0]).isEqualTo(3);
    assertThat(asking.failed()).isFalse();
  }

  private record SlowController(int wakes, CountDownLatch latch) implements PowerController {
    @Override
    public Outcome<String> check() {
      return Outcome.done("");
    }

    @Override
    public Outcome<WakeReason> sleep(Duration atMost) {
      hang(latch);
      return Outcome.done(WakeReason.NETWORK);
    }
  }

  @Test
  void oneThatIsStoppedResumesInFull() {
    pc.onNote =
        () -> {
          if (pc.notes.size() == 2) {
            pc.day.stop();
          }
        };
    at(30_000, () -> pc.fault(7));
    live(60);
    assertThat(pc.machine.selective).isZero();
    assertThat(pc.machine.full).isPositive();
    assertThat(pc.waiting).isEmpty();
  }
}
