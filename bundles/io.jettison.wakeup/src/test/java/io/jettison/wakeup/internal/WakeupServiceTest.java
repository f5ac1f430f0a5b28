package io.jettison.wakeup.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.Outcome;
import io.jettison.api.RefusedException;
import io.jettison.api.wake.Need;
import io.jettison.api.wake.Need.Kind;
import io.jettison.api.wake.SecureOn;
import io.jettison.api.wake.WakeListener;
import io.jettison.api.wake.Waker;
import io.jettison.api.wake.Waker.Context;
import io.jettison.api.wake.Waker.Target;
import io.jettison.wakeup.Pc;
import io.jettison.wakeup.PcStatus.State;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WakeupServiceTest {
  private static final long MAC = 0x024a45540001L;
  private static final Pacing PACING =
      new Pacing(
          Duration.ofSeconds(6),
          Duration.ofMillis(250),
          Duration.ofSeconds(1),
          Duration.ofMillis(500),
          Duration.ofSeconds(20),
          Duration.ofSeconds(15),
          Duration.ofHours(3));
  private static final Context PAGE_5 = new Context(1, 5);
  private static final Context PAGE_6 = new Context(1, 6);

  private final VirtualTime time = new VirtualTime();
  private final long start = time.nanos();
  private final List<Long> sentAt = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();
  private final List<Optional<Context>> contexts = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  @TempDir private Path folder;
  private WakeupService service;
  private Pc pc;

  private final Waker waker =
      (target, context) -> {
        sentAt.add((time.nanos() - start) / 1_000_000);
        targets.add(target);
        contexts.add(context);
        return Outcome.done();
      };

  private final WakeListener listener =
      new WakeListener() {
        @Override
        public void began(Wake wake) {
          told.add(
              "began " + wake.number() + ": " + wake.need() + (wake.selective() ? " only" : ""));
        }

        @Override
        public void ended(Wake wake, End end, int rounds, int needs, Duration took) {
          told.add(
              end
                  + " "
                  + wake.number()
                  + ": "
                  + rounds
                  + " rounds, "
                  + needs
                  + " needs, "
                  + took.toMillis()
                  + " ms");
        }
      };

  @BeforeEach
  void begin() throws Exception {
    service = service();
    service.addWaker(waker);
    service.addListener(listener);
    pc = service.pc("pc1");
    pc.met(InetAddress.getByName("192.0.2.7"), OptionalLong.of(MAC));
    pc.unlinked();
    pass(0);
  }

  private WakeupService service() {
    return new WakeupService(
        PACING,
        time,
        folder.resolve("arp"),
        folder.resolve("state/pcs"),
        () -> told.add("stopped"));
  }

  private void pass(long millis) {
    time.pass(Duration.ofMillis(millis));
  }

  @Test
  void aHelloIsTheWordOfAPcThatIsAwakeUnlessItSaidThatItSleeps() throws Exception {
    assertThat(pc.believedAwake()).isFalse();
    pc.met(InetAddress.getByName("192.0.2.7"), OptionalLong.of(MAC));
    assertThat(pc.believedAwake()).isTrue();
    pc.suspending();
    pc.met(InetAddress.getByName("192.0.2.7"), OptionalLong.of(MAC)); // resumed for a page
    pc.unlinked();
    assertThat(service.pcs().get(0).state()).isEqualTo(State.SUSPENDING);
    assertThat(pc.believedAwake()).isFalse();
  }

  private static Need page(long pfn) {
    return new Need(Kind.PAGE, "vm", pfn);
  }

  private void needed(long pfn) {
    pc.needed(page(pfn), Optional.of(new Context(1, pfn)));
  }

  @Test
  void anAwakePcIsLeftInPeace() {
    pc.awake();
    for (int i = 0; i < 100; i++) {
      pass(5_000);
      assertThat(pc.believedAwake()).isTrue();
      needed(i);
      pass(1);
      pc.answered(Kind.PAGE, "vm", i);
    }
    assertThat(sentAt).isEmpty();
    assertThat(told).isEmpty();
  }

  @Test
  void itIsAssumedAsleepAfterItsWaitTimer() {
    pc.awake();
    pass(5_999);
    assertThat(pc.believedAwake()).isTrue();
    pass(1);
    assertThat(pc.believedAwake()).isFalse();
    pc.waits(Duration.ofSeconds(9));
    assertThat(pc.believedAwake()).isTrue();
    pc.waits(Duration.ZERO);
    pass(3_600_000);
    assertThat(pc.believedAwake()).isTrue();
    pc.suspending();
    assertThat(pc.believedAwake()).isFalse();
  }

  @Test
  void itIsBelievedAsleepWhenItSaysSoOrItsLinksAreGone() {
    pc.awake();
    pc.asleep();
    assertThat(pc.believedAwake()).isFalse();
    pc.awake();
    pc.unlinked();
    assertThat(pc.believedAwake()).isFalse();
  }

  @Test
  void aRequestThatIsNotAnsweredDoesNotMakeItAwake() {
    pc.awake();
    for (int i = 0; i < 3; i++) {
      pass(100);
      pc.touched();
    }
    pass(49);
    assertThat(pc.believedAwake()).isTrue();
    pass(1);
    assertThat(pc.believedAwake()).isFalse();
    pc.answered(Kind.PAGE, "vm", 1);
    assertThat(pc.believedAwake()).isTrue();
  }

  @Test
  void wakeUpsAreRepeatedEverLessOftenUntilGivenUp() {
    needed(5);
    pass(100_000);
    List<Long> expected = new ArrayList<>();
    for (long at = 0; at <= 20_000; at += 500) {
      expected.add(at);
    }
    expected.addAll(
        List.of(21_000L, 23_000L, 27_000L, 35_000L, 50_000L, 65_000L, 80_000L, 95_000L));
    assertThat(sentAt).isEqualTo(expected);
    assertThat(contexts).containsOnly(Optional.of(PAGE_5));
    pass(10_700_000);
    int all = sentAt.size();
    assertThat(sentAt.get(all - 1)).isEqualTo(10_800_000);
    pass(10_800_000);
    assertThat(sentAt).hasSize(all);
    assertThat(told)
        .containsExactly(
            "began 1: page 5 of vm only", "GAVE_UP 1: " + all + " rounds, 1 needs, 10800000 ms");
    needed(6);
    pass(0);
    assertThat(sentAt).hasSize(all + 1);
  }

  @Test
  void manyWhoNeedItWakeItOnce() {
    for (int i = 0; i < 100; i++) {
      needed(i % 10);
    }
    pass(0);
    assertThat(sentAt).containsExactly(0L);
    assertThat(service.pcs().get(0).waking()).hasValue("page 0 of vm and 9 more");
    pass(800);
    pc.awake();
    pass(60_000);
    assertThat(sentAt).containsExactly(0L, 500L);
    assertThat(told)
        .containsExactly("began 1: page 0 of vm only", "AWAKE 1: 2 rounds, 10 needs, 800 ms");
    assertThat(service.pcs().get(0).waking()).isEmpty();
    assertThat(service.pcs().get(0).wakes()).isEqualTo(1);
  }

  @Test
  void whatWaitsWhenASelectiveResumeHasAnsweredGetsAWakeOfItsOwn() {
    needed(5);
    needed(6);
    pass(100);
    pc.answered(Kind.PAGE, "vm", 5);
    assertThat(service.pcs().get(0).state()).isEqualTo(State.DOZING);
    assertThat(pc.believedAwake()).isFalse();
    pass(249);
    assertThat(sentAt).hasSize(1);
    pass(1);
    assertThat(contexts).containsExactly(Optional.of(PAGE_5), Optional.of(PAGE_6));
    pc.answered(Kind.PAGE, "vm", 6);
    pass(60_000);
    assertThat(sentAt).hasSize(2);
    assertThat(told)
        .containsExactly(
            "began 1: page 5 of vm only",
            "ANSWERED 1: 1 rounds, 2 needs, 100 ms",
            "began 2: page 6 of vm only",
            "ANSWERED 2: 1 rounds, 1 needs, 0 ms");
  }

  @Test
  void severalWhoAreLeftWaitingGetAFullResume() {
    needed(5);
    needed(6);
    needed(7);
    pass(100);
    pc.answered(Kind.PAGE, "vm", 5);
    pass(250);
    assertThat(contexts).containsExactly(Optional.of(PAGE_5), Optional.empty());
    pc.answered(Kind.PAGE, "vm", 7);
    assertThat(service.pcs().get(0).state()).isEqualTo(State.AWAKE);
    assertThat(pc.believedAwake()).isTrue();
    pass(60_000);
    assertThat(sentAt).hasSize(2);
  }

  @Test
  void whatASelectiveResumeAnswersAsWellNeedsNoWake() {
    needed(5);
    pass(100);
    pc.answered(Kind.PAGE, "vm", 5);
    needed(6);
    needed(7);
    pass(100);
    pc.answered(Kind.PAGE, "vm", 7);
    pc.answered(Kind.PAGE, "vm", 6);
    pass(60_000);
    assertThat(sentAt).hasSize(1);
    assertThat(told).hasSize(2);
  }

  @Test
  void oneWhoNeedsAllOfItTakesTheContextOut() {
    needed(5);
    pass(0);
    pc.needed(new Need(Kind.RETURN, "vm", 0), Optional.empty());
    pass(500);
    assertThat(contexts).containsExactly(Optional.of(PAGE_5), Optional.empty());
    pc.answered(Kind.PAGE, "vm", 5);
    pass(250);
    assertThat(contexts).hasSize(3).last().isEqualTo(Optional.empty());
    pc.awake();
    pass(60_000);
    assertThat(told).last().isEqualTo("AWAKE 2: 1 rounds, 1 needs, 0 ms");
  }

  @Test
  void anAnswerToAnotherDoesNotEndAWake() {
    needed(5);
    pass(0);
    pc.answered(Kind.PAGE, "vm", 6);
    pc.answered(Kind.PAGE, "other", 5);
    pc.answered(Kind.BLOCK, "vm", 5);
    pass(500);
    assertThat(sentAt).hasSize(2);
  }

  @Test
  void aPcThatOwesAnAnswerIsWokenThoughNobodyAsksAgain() {
    pc.awake();
    pc.touched();
    pass(999);
    assertThat(sentAt).isEmpty();
    pass(251);
    assertThat(sentAt).hasSize(1);
    assertThat(contexts).containsExactly(Optional.empty());
    pc.answered(Kind.PAGE, "vm", 1);
    pass(60_000);
    assertThat(sentAt).hasSize(1);
    assertThat(pc.believedAwake()).isFalse(); // its wait timer
    assertThat(told.get(0)).isEqualTo("began 1: requests that are not answered");
  }

  @Test
  void aRequestThatCrossedTheNoteOfSleepIsNotLost() {
    pc.awake();
    pc.touched();
    pc.suspending();
    pass(250);
    assertThat(sentAt).hasSize(1);
    pc.answered(Kind.PAGE, "vm", 9); // of before it fell asleep: it sleeps all the same
    pass(2_000);
    assertThat(sentAt).hasSize(5);
    pc.awake();
    pass(60_000);
    assertThat(sentAt).hasSize(5);
  }

  @Test
  void anAnswerThatCrossedTheNoteOfSleepWakesNobody() {
    pc.awake();
    pc.touched();
    pc.suspending();
    pass(1);
    pc.answered(Kind.PAGE, "vm", 9);
    pass(60_000);
    assertThat(sentAt).isEmpty();
    assertThat(told).isEmpty();
  }

  @Test
  void anAnswerOnTheWayToSleepIsNotThatOfAPcThatIsUp() {
    service.addListener(
        new WakeListener() {
          @Override
          public void began(Wake wake) {
            pc.answered(Kind.PAGE, "vm", wake.need().item()); // before any wake-up was sent
          }

          @Override
          public void ended(Wake wake, End end, int rounds, int needs, Duration took) {}
        });
    for (boolean selective : new boolean[] {true, false}) {
      pc.awake();
      pc.suspending();
      pc.needed(page(5), selective ? Optional.of(PAGE_5) : Optional.empty());
      pass(1);
      assertThat(service.pcs().get(0).waking()).isEmpty();
      assertThat(pc.believedAwake()).isFalse();
    }
    assertThat(sentAt).isEmpty();
  }

  @Test
  void aPcThatSleepsAndIsWokenForAllIsUpWhenItAnswers() {
    pc.awake();
    pc.suspending();
    pass(10_000);
    pc.needed(page(5), Optional.empty());
    pass(100);
    pc.answered(Kind.PAGE, "vm", 5);
    assertThat(service.pcs().get(0).state()).isEqualTo(State.AWAKE);
    assertThat(pc.believedAwake()).isTrue();
  }

  @Test
  void wakersAndListenersThatFailDoNotKeepOthersFromTheirWork() {
    service.removeWaker(waker);
    service.removeListener(listener);
    service.addWaker(
        (target, context) -> {
          throw new IllegalStateException("broken");
        });
    service.addWaker((target, context) -> Outcome.refused("no network", "plug it in"));
    service.addListener(
        new WakeListener() {
          @Override
          public void began(Wake wake) {
            throw new IllegalStateException("broken");
          }

          @Override
          public void ended(Wake wake, End end, int rounds, int needs, Duration took) {
            throw new NoClassDefFoundError("gone");
          }
        });
    needed(5);
    pass(400);
    assertThat(service.pcs().get(0).trouble()).contains("broken").contains("no network (plug");
    service.addWaker(waker);
    service.addListener(listener);
    pass(100);
    assertThat(sentAt).hasSize(1);
    assertThat(service.pcs().get(0).trouble()).isEmpty();
    pc.awake();
    pass(0);
    assertThat(told).containsExactly("AWAKE 1: 2 rounds, 1 needs, 500 ms");
  }

  @Test
  void withoutAHardwareAddressItSaysWhatToDoAndGoesOn() throws IOException {
    Pc other = service.pc("pc2");
    other.met(InetAddress.getByName("192.0.2.8"), OptionalLong.empty());
    other.unlinked();
    other.needed(page(1), Optional.empty());
    pass(0);
    assertThat(sentAt).isEmpty();
    assertThat(service.pcs().get(1).trouble()).contains("set `mac` in [pc pc2]");
    Files.writeString(
        folder.resolve("arp"),
        """
        IP address       HW type     Flags       HW address            Mask     Device
        192.0.2.80       0x1         0x2         02:00:00:00:00:80     *        eth0
        192.0.2.9        0x1         0x0         00:00:00:00:00:00     *        eth0
        192.0.2.8        0x1         0x2         02:00:00:00:00:08     *        eth0
        """);
    pass(500);
    assertThat(targets)
        .containsExactly(new Target(0x020000000008L, InetAddress.getByName("192.0.2.8")));
  }

  @Test
  void whatIsConfiguredStandsAndAPasswordLeavesTheContextOut() throws Exception {
    PcSettings settings =
        new PcSettings("pc1", "02:00:00:00:00:99", "192.0.2.99", "01:02:03:04:05:06");
    service.addSettings(settings);
    needed(5);
    pass(0);
    assertThat(targets)
        .containsExactly(
            new Target(
                0x020000000099L,
                InetAddress.getByName("192.0.2.99"),
                Optional.of(SecureOn.parse("01:02:03:04:05:06").orThrow())));
    assertThat(contexts).containsExactly(Optional.empty());
    assertThat(told).containsExactly("began 1: page 5 of vm");
    service.removeSettings(settings);
    pass(500);
    assertThat(targets.get(1)).isEqualTo(new Target(MAC, InetAddress.getByName("192.0.2.7")));
  }

  @Test
  void whatIsNoAddressIsNotConfigured() {
    assertThatThrownBy(() -> new PcSettings("pc1", "02:00", "", ""))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> new PcSettings("pc1", "", "192.0.2.256", ""))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> new PcSettings("", "", "", ""))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("[pc NAME]");
    assertThatThrownBy(() -> new PcSettings("pc1", "", "", "secret"))
        .isInstanceOf(RefusedException.class)
        .hasMessageNotContaining("secret");
  }

  @Test
  void aServerThatStartsAnewStillKnowsWhomToWake() throws Exception {
    service.pc("pc2").met(InetAddress.getByName("fe80::2"), OptionalLong.empty());
    pass(0);
    assertThat(Files.readAllLines(folder.resolve("state/pcs")))
        .containsExactly("pc1 02:4a:45:54:00:01 192.0.2.7", "pc2 - fe80:0:0:0:0:0:0:2");
    WakeupService later = service();
    later.addWaker(waker);
    later.pc("pc1").needed(page(5), Optional.empty());
    pass(0);
    assertThat(targets).containsExactly(new Target(MAC, InetAddress.getByName("192.0.2.7")));
    Files.writeString(folder.resolve("state/pcs"), "\n a b c d\npc1 x y\n\0\n");
    assertThat(service().pc("pc1").name()).isEqualTo("pc1");
  }

  @Test
  void allWakesEndWithTheService() {
    needed(5);
    pass(0);
    service.close();
    needed(6);
    pass(60_000);
    assertThat(sentAt).hasSize(1);
    assertThat(told)
        .containsExactly(
            "began 1: page 5 of vm only", "STOPPED 1: 1 rounds, 1 needs, 0 ms", "stopped");
  }
}
