package io.jettison.cownetdisk.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.cownetdisk.CowDisk;
import io.jettison.nbd.NbdTransmission;
import io.jettison.wire.Hello;
import io.jettison.wire.Hello.Purpose;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** A disk does what an array of bytes does, through kills and power failures. */
class ModelTest {
  private static final int BYTES = 19 * Pages.SIZE + 1234;
  private static final int BLOCKS = 20;

  /** A disk and what it should hold. */
  private static final class Run implements AutoCloseable {
    final Random random;
    final byte[] image = new byte[BYTES];
    final boolean[] durable = new boolean[BLOCKS];
    final PageSet harvested = new PageSet();
    byte[] now;
    byte[] flushed;
    Path folder = Files.createTempDirectory("jettison-model");
    DiskService service = new DiskService();
    CowDisk disk;
    FakeDesktop desktop;
    NbdClient[] clients;

    Run(long seed) throws IOException {
      random = new Random(seed);
      for (int block = 0; block < BLOCKS; block++) {
        if (random.nextInt(3) > 0) {
          fill(image, block * Pages.SIZE, Math.min(BYTES, (block + 1) * Pages.SIZE));
        }
      }
      now = image.clone();
      flushed = image.clone();
      open();
    }

    void open() throws IOException {
      VmSpec.Disk spec = new VmSpec.Disk("d", "/x", VmSpec.Disk.Kind.FOLLOWS, "raw", BYTES);
      Path socket = folder.resolve("sock");
      disk =
          service
              .open("desk/pc", 3, spec, folder.resolve("s"), folder.resolve("l"), socket)
              .orThrow();
      if (random.nextBoolean()) {
        disk.allocated(FakeDesktop.allocated(image));
      }
      link();
      clients = new NbdClient[] {NbdClient.open(socket, false), NbdClient.open(socket, true)};
    }

    void link() {
      Hello hello = new Hello(Purpose.BLOCKS, "desk", "desk/pc/d", 3);
      desktop = new FakeDesktop(image, 3, service.attach(hello).orThrow());
    }

    void fill(byte[] into, int from, int end) {
      byte[] fresh = new byte[end - from];
      random.nextBytes(fresh);
      System.arraycopy(fresh, 0, into, from, fresh.length);
    }

    void step() throws IOException {
      NbdClient client = clients[random.nextInt(2)];
      int offset = random.nextInt(BYTES);
      int length = 1 + random.nextInt(Math.min(BYTES - offset, 5 * Pages.SIZE));
      if (random.nextBoolean()) {
        offset &= -Pages.SIZE;
        length = Math.min(BYTES - offset, (1 + random.nextInt(3)) * Pages.SIZE);
      }
      int end = offset + length;
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3 -> {
          byte[] data = new byte[length];
          random.nextBytes(data);
          int flags = random.nextInt(8) == 0 ? NbdTransmission.FUA : 0;
          assertThat(client.write(offset, data, flags)).isZero();
          System.arraycopy(data, 0, now, offset, length);
          if (flags != 0) {
            flushed();
          }
        }
        case 4 -> {
          int flags = random.nextBoolean() ? NbdTransmission.NO_HOLE : 0;
          assertThat(client.perform(flags, NbdTransmission.WRITE_ZEROES, offset, length)).isZero();
          Arrays.fill(now, offset, end, (byte) 0);
        }
        case 5 -> {
          assertThat(client.perform(0, NbdTransmission.TRIM, offset, length)).isZero();
          int first = (offset + Pages.SIZE - 1) & -Pages.SIZE;
          int last = end == BYTES ? end : end & -Pages.SIZE;
          Arrays.fill(now, Math.min(first, last), last, (byte) 0);
        }
        case 6 -> {
          assertThat(client.flush()).isZero();
          flushed();
        }
        case 7 -> harvested.addAll(disk.harvest());
        case 8 -> {
          desktop.end(5);
          link();
        }
        default ->
            assertThat(client.read(offset, length)).isEqualTo(Arrays.copyOfRange(now, offset, end));
      }
    }

    void flushed() {
      flushed = now.clone();
      disk.dirty()
          .forEachRange(
              (first, count) -> Arrays.fill(durable, (int) first, (int) (first + count), true));
    }

    /** Goes on with a copy of the files, as they are when the process is killed. */
    void kill() throws IOException {
      Path before = folder;
      Path copy = Files.createTempDirectory("jettison-model");
      copy(before, copy, "s");
      copy(before, copy, "l");
      stop();
      folder = copy;
      delete(before);
      open();
    }

    /** The live map is gone, and what was not flushed may be anything. */
    void powerFailure() throws IOException {
      Path before = folder;
      Path copy = Files.createTempDirectory("jettison-model");
      copy(before, copy, "s");
      if (random.nextBoolean()) {
        copy(before, copy, "l");
        Path map = copy.resolve("l/d.map");
        byte[] bytes = Files.readAllBytes(map);
        bytes[24]++; // another boot
        Files.write(map, bytes);
      }
      stop();
      folder = copy;
      delete(before);
      try (FileChannel slice =
          FileChannel.open(copy.resolve("s/d.dirty"), StandardOpenOption.WRITE)) {
        for (int block = 0; block < BLOCKS; block++) {
          int from = block * Pages.SIZE;
          int end = Math.min(BYTES, from + Pages.SIZE);
          byte[] left = random.nextBoolean() ? now : flushed;
          if (!durable[block]) {
            left = new byte[BYTES];
            random.nextBytes(left);
            System.arraycopy(image, from, now, from, end - from);
          } else {
            System.arraycopy(left, from, now, from, end - from);
          }
          slice.write(ByteBuffer.wrap(left, from, end - from), from);
        }
      }
      byte[] torn = new byte[random.nextInt(40)];
      random.nextBytes(torn);
      Files.write(copy.resolve("s/d.journal"), torn, StandardOpenOption.APPEND);
      flushed = now.clone();
      harvested.removeAll(harvested.copy());
      open();
    }

    private void stop() throws IOException {
      for (NbdClient client : clients) {
        client.close();
      }
      desktop.end(5);
      disk.close();
    }

    void check() throws IOException {
      assertThat(clients[1].read(0, BYTES)).isEqualTo(now);
      PageSet dirty = disk.dirty();
      harvested.addAll(disk.harvest());
      assertThat(harvested).isEqualTo(dirty);
      for (int block = 0; block < BLOCKS; block++) {
        if (dirty.contains(block)) {
          ByteBuffer home = ByteBuffer.allocate(Pages.SIZE);
          disk.read(block, home);
          int from = block * Pages.SIZE;
          int end = Math.min(BYTES, from + Pages.SIZE);
          assertThat(Arrays.copyOf(home.array(), end - from))
              .isEqualTo(Arrays.copyOfRange(now, from, end));
          assertThat(Arrays.copyOfRange(home.array(), end - from, Pages.SIZE))
              .isEqualTo(new byte[Pages.SIZE - (end - from)]);
        }
      }
    }

    @Override
    public void close() throws IOException {
      stop();
      service.close();
      delete(folder);
    }

    private static void copy(Path from, Path to, String name) throws IOException {
      Files.createDirectories(to.resolve(name));
      try (Stream<Path> files = Files.list(from.resolve(name))) {
        for (Path file : files.toList()) {
          Files.copy(file, to.resolve(name).resolve(file.getFileName()));
        }
      }
    }

    private static void delete(Path folder) throws IOException {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  @Property(tries = 60)
  void holdsWhatWasWritten(@ForAll long seed) throws Exception {
    try (Run run = new Run(seed)) {
      for (int life = 0; life < 4; life++) {
        for (int i = 0; i < 40; i++) {
          run.step();
        }
        run.check();
        if (run.random.nextBoolean()) {
          run.kill();
        } else {
          run.powerFailure();
        }
      }
      run.check();
    }
  }
}
