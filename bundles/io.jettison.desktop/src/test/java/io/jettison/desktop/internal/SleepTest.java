package io.jettison.desktop.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.wake.Waker.Context;
import io.jettison.api.wake.Waker.Target;
import io.jettison.vm.VmState;
import io.jettison.wakeup.PcStatus;
import io.jettison.wakeup.PcStatus.State;
import io.jettison.wakeup.internal.Pacing;
import io.jettison.wakeup.internal.Timetable;
import io.jettison.wakeup.internal.WakeupService;
import io.jettison.wire.control.ControlMessage.Power;
import io.jettison.wire.wake.MemoryContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A VM that is away while its desktop, which said so, answers nothing until it is woken. */
class SleepTest {
  private static final Pacing PACING =
      new Pacing(
          Duration.ZERO,
          Duration.ofSeconds(2), // a loaded machine takes its time
          Duration.ofSeconds(60), // here it is the fault itself that wakes
          Duration.ofMillis(500),
          Duration.ofSeconds(20),
          Duration.ofSeconds(15),
          Duration.ofHours(3));

  private static final class Real implements Timetable {
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();

    @Override
    public long nanos() {
      return System.nanoTime();
    }

    @Override
    public void after(Duration delay, Runnable task) {
      try {
        Future<?> unused = thread.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
      } catch (RejectedExecutionException e) {
        // it has ended
      }
    }
  }

  @TempDir Path base;
  private final Real time = new Real();
  private final List<Optional<Context>> wakes = new CopyOnWriteArrayList<>();
  private TwoHosts hosts;
  private WakeupService wakeup;
  private volatile boolean asleep;

  @BeforeEach
  void begin() throws IOException {
    // one machine has no network card towards itself
    Path pcs = base.resolve("pcs");
    Files.writeString(pcs, "desk 02:4a:45:54:00:01 127.0.0.1\n");
    wakeup = new WakeupService(PACING, time, base.resolve("arp"), pcs, time.thread::shutdownNow);
    wakeup.addWaker(this::wake);
    hosts = new TwoHosts(base);
    hosts.server().wakeupCame(wakeup);
    hosts.boot();
    hosts.desktop().consolidate(TwoHosts.VM, step -> {}).orThrow();
  }

  @AfterEach
  void end() throws IOException {
    wakeup.close();
    hosts.close();
  }

  private void sleep() throws InterruptedException {
    hosts.note(Power.SUSPENDING);
    TwoHosts.await("what it owes is answered", () -> status().waking().isEmpty());
    hosts.silenceDesktop();
    asleep = true; // what came just before is sent again
  }

  private Outcome<Nothing> wake(Target target, Optional<Context> context) {
    if (asleep) {
      asleep = false;
      wakes.add(context);
      new Thread(hosts::unsilenceDesktop).start();
    }
    return Outcome.done();
  }

  private PcStatus status() {
    return wakeup.pcs().get(0);
  }

  @Test
  void aFaultWakesItsPcWithThePageAndIsServed() throws Exception {
    assertThat(status().state()).isEqualTo(State.AWAKE);
    assertThat(hosts.guest("touch 300").get("bad")).isZero();
    // a block that the guest reads of its own accord would wake it first
    assertThat(hosts.guest("disk-verify").get("bad")).isZero();
    assertThat(status().wakes()).isZero();
    for (int night = 1; night <= 3; night++) {
      sleep();
      assertThat(hosts.guest("touch 300").get("bad")).isZero();
      TwoHosts.await("it is awake", () -> status().state() == State.AWAKE);
      assertThat(wakes).hasSize(night);
      Context context = wakes.get(night - 1).orElseThrow();
      assertThat(context.id()).isEqualTo(MemoryContext.ID);
      assertThat(context.more()).containsExactly(MemoryContext.key(TwoHosts.VM));
    }
  }

  @Test
  void aBlockWakesItToo() throws Exception {
    sleep();
    assertThat(hosts.guest("disk-check 200").get("bad")).isZero();
    TwoHosts.await("it is awake", () -> status().state() == State.AWAKE);
    assertThat(wakes).hasSize(1);
    // a page of the guest's own may be what it needed first
    assertThat(wakes.get(0).orElseThrow().more())
        .isSubsetOf(MemoryContext.key("pc"), MemoryContext.key("pc/disk0"));
  }

  @Test
  void aVmThatIsSentHomeWakesItInFull() throws Exception {
    sleep();
    hosts.server().reintegrate("desk/" + TwoHosts.VM, step -> {}).orThrow();
    TwoHosts.await("it is at home", () -> hosts.status().state() == VmState.LOCAL);
    assertThat(wakes).isNotEmpty();
    assertThat(hosts.guest("verify").get("bad")).isZero();
  }
}
