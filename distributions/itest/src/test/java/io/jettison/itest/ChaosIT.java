package io.jettison.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Parts of both hosts are replaced, and the server is killed, again and again while a VM faults.
 * Short by default; {@code ./jettison test --long} replaces 10 000 parts and kills 100 times. What
 * happens when is drawn from a seed ({@code -Djettison.seed=N}), which is printed.
 */
@Timeout(value = 4, unit = TimeUnit.HOURS)
class ChaosIT {
  private static final boolean LONG = Boolean.getBoolean("jettison.long");
  private static final long SEED = Long.getLong("jettison.seed", 20_150_914L);
  private static final int SWAPS = LONG ? 10_000 : 60;
  private static final int KILLS = LONG ? 100 : 3;
  private static final int A_STAY = LONG ? 50 : 30;
  private static final int KILLS_A_STAY = 5;

  private static final List<String> SERVER_PARTS =
      List.of(
          "io.jettison.prefetch.recall",
          "io.jettison.prefetch.pivot",
          "io.jettison.memtap",
          "io.jettison.transport.tcp",
          "io.jettison.transport.quic",
          "io.jettison.residuals",
          "io.jettison.hypervisor.emulator");
  private static final List<String> DESKTOP_PARTS =
      List.of("io.jettison.memsrv", "io.jettison.transport.tcp", "io.jettison.transport.quic");

  private final Random random = new Random(SEED);
  private Host server;
  private Host desktop;
  private Load load;

  @BeforeEach
  void start() throws Exception {
    Path folder = Files.createTempDirectory(Path.of("/tmp"), "jit");
    int port = Host.freePort();
    server =
        Host.start(
            "server",
            folder,
            "[server]\nlisten = 127.0.0.1:" + port + "\nmemory = 1 GiB\n[residuals]\nsize = 0\n");
    desktop =
        Host.start(
            "desktop",
            folder,
            "[desktop]\nname = pc1\nserver = 127.0.0.1:"
                + port
                + "\nrehearsals = 0\n[consolidation.idle]\nidle = 1 h\n"
                + "[vm.emulator pc]\nmemory = 256 MiB\ncold = 192 MiB\nhot = 4 MiB\n");
    Host.await("the VM is known", () -> desktop.told("vms", "--json").contains("\"name\":\"pc\""));
    tell(desktop, "boot", "pc");
  }

  @AfterEach
  void end() throws Exception {
    desktop.end();
    server.end();
  }

  @Test
  void partsAreReplacedUnderLoadAndNoFaultIsLost() throws Exception {
    Duration longest = Duration.ZERO;
    for (int done = 0; done < SWAPS; ) {
      leave();
      for (int i = 0; i < A_STAY && done < SWAPS; i++, done++) {
        boolean atServer = random.nextInt(4) > 0;
        List<String> parts = atServer ? SERVER_PARTS : DESKTOP_PARTS;
        tell(atServer ? server : desktop, "restart", parts.get(random.nextInt(parts.size())));
        load.goesOn();
      }
      longest = max(longest, comeHome());
    }
    report(SWAPS + " parts replaced", longest);
  }

  @Test
  void theServerIsKilledUnderLoadAndNoFaultIsLost() throws Exception {
    Duration longest = Duration.ZERO;
    for (int done = 0; done < KILLS; ) {
      leave();
      for (int i = 0; i < KILLS_A_STAY && done < KILLS; i++, done++) {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(300)); // any moment
        server.kill();
        server.begin();
        load.goesOn();
      }
      longest = max(longest, comeHome());
    }
    report("server killed " + KILLS + " times", longest);
  }

  private void leave() throws Exception {
    tell(desktop, "consolidate", "pc");
    load = new Load(server.run().resolve("pc1~pc/control.sock"));
    load.start();
    load.goesOn();
  }

  /** Brings the VM home and has every page verified; yields the longest stall of its stay. */
  private Duration comeHome() throws Exception {
    Duration longest = load.finish();
    Host.await(
        "the VM is known to be away",
        () -> tell(desktop, "vms", "--json").contains("\"state\":\"remote\""));
    tell(desktop, "reintegrate", "pc");
    Emulated.verify(desktop.run().resolve("pc/control.sock"));
    return longest;
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  private static void report(String what, Duration longest) {
    System.out.println(
        "chaos: seed " + SEED + ", " + what + ", longest stall " + longest.toMillis() + " ms");
  }

  private static String tell(Host host, String... words) {
    Host.Answer answer = host.call(words);
    assertThat(answer.status()).as("%s: %s", List.of(words), answer.err()).isZero();
    return answer.out();
  }

  /** A guest that touches pages, a few at a time, and has each checked. */
  private static final class Load extends Thread {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(LONG ? 180 : 60);

    private final Path guest;
    private volatile boolean enough;
    private final AtomicLong touches = new AtomicLong();
    private volatile long longestNanos;
    private volatile Throwable failure;

    Load(Path guest) {
      super("load");
      this.guest = guest;
    }

    @Override
    public void run() {
      try {
        while (!enough) {
          long began = System.nanoTime();
          Emulated.touch(guest, 4);
          longestNanos = Math.max(longestNanos, System.nanoTime() - began);
          touches.incrementAndGet();
        }
      } catch (Throwable e) {
        failure = e;
      }
    }

    /** Waits until pages that were asked for from now on are there. */
    void goesOn() throws InterruptedException {
      long before = touches.get();
      long deadline = System.nanoTime() + PATIENCE_NANOS;
      while (touches.get() < before + 2) {
        assertThat(failure).isNull();
        assertThat(System.nanoTime() - deadline).as("pages come").isNegative();
        TimeUnit.MILLISECONDS.sleep(1);
      }
    }

    Duration finish() throws InterruptedException {
      enough = true;
      join(TimeUnit.NANOSECONDS.toMillis(PATIENCE_NANOS));
      assertThat(isAlive()).as("the guest waits for a page").isFalse();
      assertThat(failure).isNull();
      return Duration.ofNanos(longestNanos);
    }
  }
}
