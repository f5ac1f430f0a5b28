package io.jettison.server.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.wake.Need.Kind;
import io.jettison.api.wake.NeedSink;
import io.jettison.wakeup.PcStatus;
import io.jettison.wakeup.PcStatus.State;
import io.jettison.wakeup.RemoteWakeup;
import io.jettison.wakeup.internal.Pacing;
import io.jettison.wakeup.internal.Timetable;
import io.jettison.wakeup.internal.WakeupService;
import io.jettison.wire.control.ControlMessage.Power;
import io.jettison.wire.wake.MemoryContext;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PcsTest {
  private static final InetSocketAddress FROM = new InetSocketAddress("192.0.2.7", 7);
  private static final OptionalLong CARD = OptionalLong.of(0x024a45540001L);
  private static final Pacing PACING =
      new Pacing(
          Duration.ZERO,
          Duration.ofMillis(250),
          Duration.ofSeconds(1),
          Duration.ofMillis(500),
          Duration.ofSeconds(20),
          Duration.ofSeconds(15),
          Duration.ofHours(3));

  /** No time passes, and what is to be done at once is done when asked for. */
  private static final class Still implements Timetable {
    private final Queue<Runnable> due = new ArrayDeque<>();

    @Override
    public long nanos() {
      return 0;
    }

    @Override
    public void after(Duration delay, Runnable task) {
      if (delay.isZero()) {
        due.add(task);
      }
    }

    void run() {
      while (!due.isEmpty()) {
        due.remove().run();
      }
    }
  }

  @TempDir private Path folder;
  private final Still still = new Still();
  private final List<String> sent = new ArrayList<>();
  private final Pcs pcs = new Pcs();

  private WakeupService service(String name) {
    WakeupService service =
        new WakeupService(PACING, still, folder.resolve("arp"), folder.resolve(name), () -> {});
    service.addWaker(
        (target, context) -> {
          sent.add(Long.toHexString(target.hardware()) + " " + context.map(c -> c.argument()));
          return Outcome.done();
        });
    return service;
  }

  private static State state(RemoteWakeup service) {
    return service.pcs().get(0).state();
  }

  private Guest guest() {
    VmSpec spec =
        new VmSpec("work", "emulator", MemoryMap.ofBytes(4096), List.of(), Map.of("seed", "1"));
    VmPlace place = new VmPlace(folder, folder);
    return new Guest("pc1/work", 3, spec, place);
  }

  @Test
  void withoutAServiceNothingHappens() {
    NeedSink sink = pcs.sink(Kind.PAGE, "pc1", "work");
    pcs.linked("pc1", FROM, CARD);
    pcs.noted("pc1", Power.SUSPENDING);
    sink.asked(7);
    sink.answered(7);
    pcs.unlinked("pc1");
    assertThat(pcs.sendHome(guest(), "why")).isFalse();
  }

  @Test
  void aFaultOfASleepingPcSendsItsPageAndOneOfAnAwakePcNothing() {
    WakeupService service = service("a");
    pcs.use(service);
    pcs.linked("pc1", FROM, CARD);
    NeedSink sink = pcs.sink(Kind.PAGE, "pc1", "work");
    sink.asked(6);
    sink.answered(6);
    still.run();
    assertThat(sent).isEmpty();
    pcs.noted("pc1", Power.SUSPENDING);
    sink.asked(7);
    still.run();
    assertThat(sent).containsExactly("24a45540001 Optional[7]");
    sink.answered(7);
    assertThat(state(service)).isEqualTo(State.DOZING);
    pcs.noted("pc1", Power.AWAKE);
    sink.asked(8);
    still.run();
    assertThat(sent).hasSize(1);
    assertThat(MemoryContext.key("work")).isNotEqualTo(MemoryContext.key("pc1/work"));
  }

  @Test
  void aServiceThatTakesThePlaceOfAnotherKnowsWhatPcsSaid() {
    NeedSink sink = pcs.sink(Kind.BLOCK, "pc1", "work/hda");
    pcs.linked("pc1", FROM, CARD);
    WakeupService first = service("a");
    pcs.use(first);
    assertThat(state(first)).isEqualTo(State.AWAKE);
    pcs.noted("pc1", Power.SUSPENDING);
    WakeupService second = service("b");
    pcs.use(second);
    pcs.drop(first);
    still.run();
    assertThat(state(second)).isEqualTo(State.SUSPENDING);
    sink.asked(9);
    still.run();
    assertThat(sent).containsExactly("24a45540001 Optional[9]");
    assertThat(second.pcs()).extracting(PcStatus::wakes).containsExactly(1L);
    pcs.drop(second);
    sink.asked(10);
    still.run();
    assertThat(sent).hasSize(1);
  }

  @Test
  void itIsUnlinkedWhenItsLastLinkIsGone() {
    WakeupService service = service("a");
    pcs.use(service);
    pcs.linked("pc1", FROM, CARD);
    pcs.linked("pc1", FROM, CARD);
    pcs.unlinked("pc1");
    assertThat(state(service)).isEqualTo(State.AWAKE);
    pcs.unlinked("pc1");
    assertThat(state(service)).isEqualTo(State.UNLINKED);
    pcs.unlinked("pc2");
  }

  @Test
  void aSleepingPcIsWokenInFullToFetchAVm() {
    WakeupService service = service("a");
    pcs.use(service);
    pcs.linked("pc1", FROM, CARD);
    assertThat(pcs.sendHome(guest(), "why")).isFalse();
    pcs.noted("pc1", Power.SUSPENDING);
    assertThat(pcs.sendHome(guest(), "why")).isTrue();
    still.run();
    assertThat(sent).containsExactly("24a45540001 " + Optional.empty());
    assertThat(service.pcs().get(0).waking()).contains("return of work");
  }
}
