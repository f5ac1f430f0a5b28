package io.jettison.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jettison.api.power.PowerProfile;
import io.jettison.api.power.SelectiveResume;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class LedgerTest {
  private static final double IDLE = 50;
  private static final double SERVER = 90;
  private static final PowerProfile PROFILE =
      new PowerProfile(
          "test",
          IDLE,
          5,
          2,
          80,
          3,
          100,
          OptionalDouble.of(120),
          Optional.of(new SelectiveResume(1, 70, 1, 60)));

  private final AtomicLong clock = new AtomicLong(1_000);
  private final Ledger ledger = new Ledger(clock::get, SERVER);

  private void pass(double seconds) {
    clock.addAndGet(Math.round(seconds * 1e9));
  }

  @Test
  void integratesEachStateAtItsPower() {
    ledger.open("pc", PROFILE);
    double expected = 0;
    Map<PcState, Integer> watts =
        Map.of(
            PcState.AWAKE, 50,
            PcState.SENDING, 120,
            PcState.SUSPENDING, 80,
            PcState.ASLEEP, 5,
            PcState.RESUMING, 100,
            PcState.RESUMING_SELECTIVE, 70,
            PcState.AWAKE_SELECTIVE, 50,
            PcState.SUSPENDING_SELECTIVE, 60);
    for (PcState state : PcState.values()) {
      ledger.enter("pc", state, "test");
      pass(10);
      expected += 10 * watts.get(state);
      assertThat(ledger.joules()).isCloseTo(expected, within(1e-9));
    }
    assertThat(ledger.pc("pc").orElseThrow().seconds()).isCloseTo(80, within(1e-9));
  }

  @Test
  void aProfileThatDoesNotKnowSendingOrSelectiveResumeUsesTheNextState() {
    PowerProfile plain = new PowerProfile("plain", 50, 5, 2, 80, 3, 100);
    assertThat(PcState.SENDING.watts(plain)).isEqualTo(50);
    assertThat(PcState.RESUMING_SELECTIVE.watts(plain)).isEqualTo(100);
    assertThat(PcState.SUSPENDING_SELECTIVE.watts(plain)).isEqualTo(80);
  }

  /** What a PC that slept tells afterwards counts as if it had been told at the time. */
  @Test
  void aSleepCanBeToldAfterwards() {
    Ledger told = new Ledger(clock::get, SERVER);
    for (Ledger each : new Ledger[] {ledger, told}) {
      each.open("pc", PROFILE);
      each.away("pc", "a");
      each.away("pc", "b");
    }
    pass(6);
    ledger.enter("pc", PcState.SUSPENDING, "idle");
    told.enter("pc", PcState.SUSPENDING, "idle");
    long asleep = told.now() + 2_000_000_000L;
    told.enter("pc", PcState.ASLEEP, asleep, "idle");
    assertThat(told.transitions()).hasSize(1);
    pass(2);
    ledger.enter("pc", PcState.ASLEEP, "idle");
    pass(89);
    ledger.enter("pc", PcState.RESUMING, "page 7");
    pass(2);
    double before = told.joules();
    pass(1);
    ledger.enter("pc", PcState.AWAKE, "page 7");
    told.enter("pc", PcState.RESUMING, told.now() - 3_000_000_000L, "page 7");
    told.enter("pc", PcState.AWAKE, "page 7");
    assertThat(told.joules()).isGreaterThan(before);
    pass(50);
    assertThat(told.transitions()).isEqualTo(ledger.transitions());
    assertThat(told.wakes("pc")).isEqualTo(1);
    close(told.pc("pc"), ledger.pc("pc"));
    close(told.consolidated("pc"), ledger.consolidated("pc"));
    close(told.vm("a"), ledger.vm("a"));
    close(told.vm("b"), ledger.vm("b"));
  }

  private static void close(Optional<Account> one, Optional<Account> other) {
    assertThat(one.orElseThrow().seconds()).isCloseTo(other.orElseThrow().seconds(), within(1e-6));
    assertThat(one.orElseThrow().joules()).isCloseTo(other.orElseThrow().joules(), within(1e-6));
  }

  @Test
  void whatWasToComeIsDroppedWhenItTurnsOutOtherwiseAndNothingIsTakenOff() {
    ledger.open("pc", PROFILE);
    ledger.enter("pc", PcState.SUSPENDING, "idle");
    ledger.enter("pc", PcState.ASLEEP, ledger.now() + 5_000_000_000L, "idle");
    pass(1);
    ledger.enter("pc", PcState.AWAKE, "a film is shown");
    pass(10);
    assertThat(ledger.joules()).isCloseTo(80 + 10 * IDLE, within(1e-9));
    ledger.enter("pc", PcState.ASLEEP, ledger.now() - 30_000_000_000L, "it slept, it says");
    assertThat(ledger.joules()).isCloseTo(80 + 10 * IDLE, within(1e-9));
    assertThat(ledger.transitions())
        .extracting(Transition::nanos)
        .containsExactly(1_000L, 1_000_001_000L, 1_000_001_000L);
    pass(10);
    assertThat(ledger.joules()).isCloseTo(80 + 10 * IDLE + 10 * 5, within(1e-9));
  }

  /** One microsleep, by Eq. (2): what it saves gross and net. */
  @Test
  void saysWhatAStaySaved() {
    ledger.open("pc", PROFILE);
    pass(100); // at home: not part of it
    ledger.away("pc", "vm");
    pass(6);
    ledger.enter("pc", PcState.SUSPENDING, "no request for 6 s");
    pass(2);
    ledger.enter("pc", PcState.ASLEEP, "no request for 6 s");
    pass(89);
    ledger.enter("pc", PcState.RESUMING, "vm: the user is back");
    pass(3);
    ledger.enter("pc", PcState.AWAKE, "vm: the user is back");
    ledger.home("vm");
    pass(100);

    Account stay = ledger.vm("vm").orElseThrow();
    double used = 6 * 50 + 2 * 80 + 89 * 5 + 3 * 100;
    assertThat(stay.seconds()).isCloseTo(100, within(1e-9));
    assertThat(stay.joules()).isCloseTo(used, within(1e-9));
    assertThat(stay.idleJoules()).isCloseTo(5000, within(1e-9));
    assertThat(stay.serverJoules()).isCloseTo(9000, within(1e-9));
    assertThat(stay.grossSavedJoules()).isCloseTo(5000 - used, within(1e-9));
    assertThat(stay.netSavedJoules()).isCloseTo(5000 - used - 9000, within(1e-9));
    assertThat(stay.savedFraction()).isCloseTo(1 - used / 5000, within(1e-12));
    assertThat(stay.netSavedFraction()).isCloseTo(1 - (used + 9000) / 5000, within(1e-12));
    assertThat(ledger.consolidated("pc")).contains(stay);
    assertThat(ledger.pc("pc").orElseThrow().seconds()).isCloseTo(300, within(1e-9));
    assertThat(ledger.wakes("pc")).isEqualTo(1);
    assertThat(ledger.transitions())
        .extracting(Transition::state)
        .containsExactly(PcState.SUSPENDING, PcState.ASLEEP, PcState.RESUMING, PcState.AWAKE);
    assertThat(ledger.transitions().get(2).reason()).isEqualTo("vm: the user is back");
  }

  @Test
  void sharesAPcAmongItsVmsAndTheServerAmongAll() {
    ledger.open("a", PROFILE);
    ledger.open("b", PROFILE);
    ledger.away("a", "a1");
    ledger.away("a", "a2");
    ledger.away("b", "b1");
    pass(30);
    ledger.home("a2");
    ledger.elsewhere(1);
    pass(30);

    Account a1 = ledger.vm("a1").orElseThrow();
    assertThat(a1.joules()).isCloseTo(30 * IDLE / 2 + 30 * IDLE, within(1e-9));
    assertThat(a1.serverJoules()).isCloseTo(30 * SERVER / 3 + 30 * SERVER / 3, within(1e-9));
    assertThat(ledger.vm("a2").orElseThrow().joules()).isCloseTo(30 * IDLE / 2, within(1e-9));
    assertThat(ledger.consolidated("a").orElseThrow().serverJoules())
        .isCloseTo(30 * SERVER * 2 / 3 + 30 * SERVER / 3, within(1e-9));
  }

  @Test
  void anAccountLessAnEarlierOneIsTheTimeBetween() {
    ledger.open("pc", PROFILE);
    ledger.away("pc", "vm");
    pass(10);
    Account before = ledger.vm("vm").orElseThrow();
    ledger.enter("pc", PcState.ASLEEP, "test");
    pass(10);
    Account between = ledger.vm("vm").orElseThrow().minus(before);
    assertThat(between.joules()).isCloseTo(50, within(1e-9));
    assertThat(between.savedFraction()).isCloseTo(0.9, within(1e-9));
  }

  @Test
  void anotherProfileCountsFromNowOn() {
    ledger.open("pc", PROFILE);
    pass(10);
    ledger.open("pc", new PowerProfile("other", 10, 1, 1, 10, 1, 10));
    pass(10);
    assertThat(ledger.joules()).isCloseTo(600, within(1e-9));
  }

  @Test
  void aClockThatGoesBackTakesNothingAway() {
    ledger.open("pc", PROFILE);
    pass(10);
    assertThat(ledger.joules()).isCloseTo(500, within(1e-9));
    pass(-5);
    assertThat(ledger.joules()).isCloseTo(500, within(1e-9));
    pass(6);
    assertThat(ledger.joules()).isCloseTo(550, within(1e-9));
  }

  @Test
  void aPcWithoutBooksIsRefused() {
    assertThatThrownBy(() -> ledger.enter("x", PcState.AWAKE, ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ledger.away("x", "vm")).isInstanceOf(IllegalArgumentException.class);
    assertThat(ledger.pc("x")).isEmpty();
    assertThat(ledger.vm("vm")).isEmpty();
    ledger.home("vm");
  }

  @Test
  void remembersTheLastTransitionsOnly() {
    ledger.open("pc", PROFILE);
    for (int i = 0; i < 10_500; i++) {
      ledger.enter("pc", i % 2 == 0 ? PcState.ASLEEP : PcState.RESUMING, Integer.toString(i));
    }
    assertThat(ledger.transitions()).hasSize(10_000);
    assertThat(ledger.transitions().get(0).reason()).isEqualTo("500");
    assertThat(ledger.wakes("pc")).isEqualTo(5_250);
  }

  /** After so many nanoseconds a PC does something else, or a VM of it goes or comes. */
  record Step(long nanos, int pc, int vm, PcState state) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.longs().between(0, 1_000_000_000_000L),
            Arbitraries.integers().between(0, 2),
            Arbitraries.integers().between(-1, 2),
            Arbitraries.of(PcState.class))
        .as(Step::new)
        .list()
        .ofMaxSize(60);
  }

  /** Against a plain sum over the steps; and all that PCs with VMs away used is some VM's. */
  @Property(tries = 300)
  void isExactAndMonotoneAndLosesNothing(@ForAll("steps") List<Step> steps) {
    AtomicLong time = new AtomicLong();
    Ledger books = new Ledger(time::get, SERVER);
    PcState[] states = {PcState.AWAKE, PcState.AWAKE, PcState.AWAKE};
    boolean[][] away = new boolean[3][3];
    for (int pc = 0; pc < 3; pc++) {
      books.open("pc" + pc, PROFILE);
    }
    double whole = 0;
    double consolidated = 0;
    double server = 0;
    double last = 0;
    for (Step step : steps) {
      double seconds = step.nanos() / 1e9;
      boolean served = false;
      for (int pc = 0; pc < 3; pc++) {
        boolean any = away[pc][0] || away[pc][1] || away[pc][2];
        served |= any;
        whole += states[pc].watts(PROFILE) * seconds;
        consolidated += any ? states[pc].watts(PROFILE) * seconds : 0;
      }
      server += served ? SERVER * seconds : 0;
      time.addAndGet(step.nanos());
      assertThat(books.joules()).isGreaterThanOrEqualTo(last);
      last = books.joules();
      String pc = "pc" + step.pc();
      if (step.vm() < 0) {
        books.enter(pc, step.state(), "step");
        states[step.pc()] = step.state();
      } else if (away[step.pc()][step.vm()]) {
        books.home(pc + "vm" + step.vm());
        away[step.pc()][step.vm()] = false;
      } else {
        books.away(pc, pc + "vm" + step.vm());
        away[step.pc()][step.vm()] = true;
      }
    }
    Account vms =
        books.vms().stream()
            .map(vm -> books.vm(vm).orElseThrow())
            .reduce(Account.NONE, Account::plus);
    Account pcs =
        books.pcs().stream()
            .map(pc -> books.consolidated(pc).orElseThrow())
            .reduce(Account.NONE, Account::plus);
    double tolerance = 1e-9 * (1 + whole + server);
    assertThat(books.joules()).isCloseTo(whole, within(tolerance));
    assertThat(vms.joules()).isCloseTo(consolidated, within(tolerance));
    assertThat(pcs.joules()).isCloseTo(consolidated, within(tolerance));
    assertThat(vms.idleJoules()).isCloseTo(pcs.idleJoules(), within(tolerance));
    assertThat(vms.serverJoules()).isCloseTo(server, within(tolerance));
    assertThat(pcs.serverJoules()).isCloseTo(server, within(tolerance));
  }

  @Test
  void growsOnlyWhileManyWriteAndRead() throws Exception {
    int threads = 4;
    int rounds = 2_000;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    CountDownLatch start = new CountDownLatch(1);
    List<Future<Boolean>> monotone = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      String pc = "pc" + i;
      ledger.open(pc, PROFILE);
      monotone.add(
          executor.submit(
              () -> {
                start.await();
                double last = 0;
                boolean grows = true;
                for (int round = 0; round < rounds; round++) {
                  clock.addAndGet(1_000_000);
                  ledger.enter(
                      pc, round % 2 == 0 ? PcState.ASLEEP : PcState.AWAKE, "round " + round);
                  double now = ledger.joules();
                  grows &= now >= last;
                  last = now;
                }
                return grows;
              }));
    }
    start.countDown();
    for (Future<Boolean> result : monotone) {
      assertThat(result.get()).isTrue();
    }
    executor.shutdown();
    double seconds = threads * rounds / 1000.0;
    assertThat(ledger.pc("pc0").orElseThrow().seconds()).isCloseTo(seconds, within(1e-6));
  }
}
