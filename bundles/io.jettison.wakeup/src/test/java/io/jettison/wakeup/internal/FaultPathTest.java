package io.jettison.wakeup.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.jettison.api.Outcome;
import io.jettison.api.wake.Need;
import io.jettison.api.wake.Need.Kind;
import io.jettison.api.wake.WakeListener;
import io.jettison.api.wake.Waker.Context;
import io.jettison.wakeup.Pc;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What fault threads do with a PC, with the real clock. */
class FaultPathTest {
  private static final Pacing QUICK =
      new Pacing(
          Duration.ofSeconds(60),
          Duration.ofMillis(1),
          Duration.ofMillis(2),
          Duration.ofMillis(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofMillis(20));
  private static final Pacing PATIENT =
      new Pacing(
          Duration.ofSeconds(60),
          Duration.ofSeconds(60),
          Duration.ofSeconds(60),
          Duration.ofSeconds(60),
          Duration.ofSeconds(60),
          Duration.ofSeconds(60),
          Duration.ofHours(3));

  @TempDir private Path folder;

  private WakeupService service(Pacing pacing, WallTime time, CountDownLatch stopped) {
    return new WakeupService(
        pacing,
        time,
        folder.resolve("none"),
        folder.resolve("pcs"),
        () -> {
          time.close();
          stopped.countDown();
        });
  }

  @Test
  void requestsToAnAwakePcAllocateNothing() {
    WakeupService service = service(PATIENT, new WallTime(), new CountDownLatch(1));
    Pc pc = service.pc("pc");
    pc.awake();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long self = Thread.currentThread().getId();
    long bytes = 0;
    for (int round = 0; round < 2; round++) { // the first warms up
      long before = threads.getThreadAllocatedBytes(self);
      for (int i = 0; i < 100_000; i++) {
        if (pc.believedAwake()) {
          pc.touched();
        }
        pc.answered(Kind.PAGE, "vm", i);
      }
      bytes = threads.getThreadAllocatedBytes(self) - before;
    }
    assertThat(bytes).isLessThan(100_000);
    service.close();
  }

  @Test
  void threadsThatRaceLeaveNoWakeBehind() throws Exception {
    AtomicInteger began = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    CountDownLatch stopped = new CountDownLatch(1);
    WakeupService service = service(QUICK, new WallTime(), stopped);
    service.addWaker((target, context) -> Outcome.done());
    service.addListener(
        new WakeListener() {
          @Override
          public void began(Wake wake) {
            began.incrementAndGet();
          }

          @Override
          public void ended(Wake wake, End end, int rounds, int needs, Duration took) {
            ended.incrementAndGet();
          }
        });
    Pc pc = service.pc("pc");
    pc.met(InetAddress.getLoopbackAddress(), OptionalLong.of(2));
    pc.unlinked();
    List<Thread> threads = new ArrayList<>();
    for (int seed = 0; seed < 4; seed++) {
      Random random = new Random(seed);
      Thread thread = new Thread(() -> race(pc, random));
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    pc.unlinked();
    pc.asleep();
    pc.needed(new Need(Kind.PAGE, "vm", 5), Optional.empty());
    while (began.get() == 0) { // also if all that raced was over before any wake began
      Thread.onSpinWait();
    }
    pc.awake();
    assertThat(service.pcs().get(0).waking()).isEmpty();
    service.close();
    assertThat(stopped.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(began.get()).isPositive().isEqualTo(ended.get());
  }

  private static void race(Pc pc, Random random) {
    for (int i = 0; i < 50_000; i++) {
      long pfn = random.nextInt(4);
      switch (random.nextInt(20)) {
        case 0 -> pc.awake();
        case 1 -> pc.suspending();
        case 2 -> pc.asleep();
        case 3 -> pc.unlinked();
        case 4, 5, 6, 7, 8, 9, 10 ->
            pc.needed(new Need(Kind.PAGE, "vm", pfn), Optional.of(new Context(1, pfn)));
        case 11, 12, 13, 14, 15, 16 -> pc.answered(Kind.PAGE, "vm", pfn);
        default -> pc.touched();
      }
    }
  }
}
