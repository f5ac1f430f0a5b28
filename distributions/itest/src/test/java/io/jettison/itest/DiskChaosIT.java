package io.jettison.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A VM with a disk that is written leaves, stays and comes home, and each time something happens to
 * a host or to what is between them. Short by default; {@code ./jettison test --long} does it 250
 * times. What happens when is drawn from a seed ({@code -Djettison.seed=N}), which is printed.
 *
 * <p>The guest knows what each of its blocks must hold: what it wrote last, flushed or not, since
 * no host loses its power here. All blocks between those never change.
 */
@Timeout(value = 4, unit = TimeUnit.HOURS)
class DiskChaosIT {
  private static final boolean LONG = Boolean.getBoolean("jettison.long");
  private static final long SEED = Long.getLong("jettison.seed", 20_150_914L);
  private static final int POINTS = LONG ? 250 : 5;
  private static final int SOON_MILLIS = 150;
  private static final int A_WHILE_MILLIS = 1_500;
  private static final long PATIENCE_SECONDS = 120;

  /** The guest has 4096 blocks, in runs of 8 of each 32. */
  private static final int BLOCK = 4096;

  private static final int RUN = 8;
  private static final int STRIDE = 32;
  private static final int DISK_BLOCKS = 4096 / RUN * STRIDE;

  /** What happens. */
  private enum Fault {
    SERVER_KILLED,
    DESKTOP_KILLED,
    SERVER_FROZEN,
    DESKTOP_FROZEN,
    LINK_CUT
  }

  /** What the VM is in the middle of. */
  private enum Deed {
    LEAVE,
    STAY,
    RETURN
  }

  private final Random random = new Random(SEED);
  private final Map<String, Integer> struck = new TreeMap<>();
  private int points;
  private Path image;
  private Cable cable;
  private Host server;
  private Host desktop;

  @BeforeEach
  void start() throws Exception {
    Path folder = Files.createTempDirectory(Path.of("/tmp"), "jit");
    image = folder.resolve("disk.raw");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength((long) DISK_BLOCKS * BLOCK);
    }
    int port = Host.freePort();
    cable = new Cable(port);
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
                + cable.port()
                + "\nrehearsals = 0\npresend = 1 s\n[consolidation.idle]\nidle = 1 h\n"
                + "[vm.emulator pc]\nmemory = 64 MiB\ncold = 16 MiB\nhot = 2 MiB\ntick = 5 ms\n"
                + "disk = "
                + image
                + "\n");
    // a daemon takes commands while some of its parts still come
    Host.await("the VM boots", () -> desktop.call("boot", "pc").status() == 0);
  }

  @AfterEach
  void end() throws Exception {
    desktop.end();
    server.end();
    cable.close();
  }

  @Test
  void noFlushedByteIsLostAndNoStaleByteIsRead() throws Exception {
    for (int i = 0; points < POINTS; i++) {
      Fault fault = Fault.values()[points % Fault.values().length]; // each until it comes in time
      try {
        point(fault);
      } catch (Exception | AssertionError e) {
        throw new AssertionError(fault + ", " + i + " of seed " + SEED + ", after " + struck, e);
      }
    }
    if (isAway()) {
      desktop.told("reintegrate", "pc");
    }
    verify();
    Host.await("the server has let go of it", () -> !server.call("vms").out().contains("pc"));
    // the server alone cannot tell a VM that it lost from one that had only begun to come
    assertThat(desktop.log()).as("no VMM was killed").doesNotContain("the server lost");
    System.out.println("disk chaos: seed " + SEED + ", " + points + " points, struck " + struck);
  }

  private void point(Fault fault) throws Exception {
    boolean away = isAway();
    Path guest = guest(away);
    assertThat(Emulated.ask(guest, "disk-write 40")).isEqualTo("OK blocks=40 bad=0");
    Deed deed = !away ? Deed.LEAVE : random.nextBoolean() ? Deed.STAY : Deed.RETURN;
    AtomicBoolean enough = new AtomicBoolean();
    CompletableFuture<Void> done =
        CompletableFuture.runAsync(
            () -> {
              switch (deed) {
                case LEAVE -> desktop.call("consolidate", "pc"); // done or not: both are right
                case RETURN -> desktop.call("reintegrate", "pc");
                case STAY -> use(guest, enough);
              }
            });
    TimeUnit.MILLISECONDS.sleep(random.nextInt(SOON_MILLIS)); // any moment
    boolean during = !done.isDone();
    strike(fault);
    enough.set(true);
    done.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (during) {
      points++;
      struck.merge(deed + "/" + fault, 1, Integer::sum);
    }
    verify();
  }

  private void strike(Fault fault) throws Exception {
    switch (fault) {
      case SERVER_KILLED -> restart(server);
      case DESKTOP_KILLED -> restart(desktop);
      case SERVER_FROZEN -> freeze(server);
      case DESKTOP_FROZEN -> freeze(desktop);
      case LINK_CUT -> {
        cable.cut();
        passAWhile();
        cable.mend();
      }
    }
  }

  private static void restart(Host host) throws Exception {
    host.kill();
    host.begin();
  }

  private void freeze(Host host) throws Exception {
    host.freeze();
    passAWhile();
    host.thaw();
  }

  /** That it lasts, and how long, is part of what happens. */
  private void passAWhile() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(random.nextInt(A_WHILE_MILLIS));
  }

  /** Reads and writes until it is enough, and then once more: it must go on. */
  private static void use(Path guest, AtomicBoolean enough) {
    try {
      boolean last;
      do {
        last = enough.get();
        assertThat(Emulated.ask(guest, "disk-write 20")).isEqualTo("OK blocks=20 bad=0");
        assertThat(Emulated.ask(guest, "disk-check 20")).isEqualTo("OK blocks=20 bad=0");
      } while (!last);
    } catch (Exception e) {
      throw new AssertionError("the guest does not answer", e);
    }
  }

  private Path guest(boolean away) {
    return away
        ? server.run().resolve("pc1~pc/control.sock")
        : desktop.run().resolve("pc/control.sock");
  }

  private void verify() throws Exception {
    boolean away = isAway();
    Path guest = guest(away);
    assertThat(Emulated.ask(guest, "disk-check 100")).isEqualTo("OK blocks=100 bad=0");
    if (!away) {
      assertThat(Emulated.ask(guest, "disk-verify")).isEqualTo("OK blocks=4096 bad=0");
      Emulated.verify(guest);
    }
    assertThat(changedBetweenRuns()).as("blocks that the guest never wrote").isZero();
  }

  private int changedBetweenRuns() throws IOException {
    int changed = 0;
    ByteBuffer zeros = ByteBuffer.allocate((STRIDE - RUN) * BLOCK);
    ByteBuffer between = ByteBuffer.allocate(zeros.capacity());
    try (FileChannel file = FileChannel.open(image)) {
      for (long block = RUN; block < DISK_BLOCKS; block += STRIDE) {
        between.clear();
        while (between.hasRemaining()) {
          assertThat(file.read(between, block * BLOCK + between.position())).isPositive();
        }
        changed += between.flip().equals(zeros) ? 0 : 1;
      }
    }
    return changed;
  }

  /** Where it is, once that is known. */
  private boolean isAway() throws Exception {
    String[] now = {""};
    Host.await(
        "a known state",
        () -> {
          now[0] = state();
          return now[0].contains("\"state\":\"local\"") || now[0].contains("\"state\":\"remote\"");
        });
    return now[0].contains("\"state\":\"remote\"");
  }

  private String state() {
    return desktop.call("vms", "--json").out();
  }
}
