package io.jettison.diskmerge;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.disk.DiskFormat;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.Pages;
import io.jettison.disksrv.internal.Qcow2Format;
import io.jettison.disksrv.internal.RawFormat;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterProperty;

/**
 * Random returns that lose power at random points: afterwards each disk is as it was before the
 * return, or as it is after it, and it is known which.
 */
class CrashTest {
  private static final long EPOCH = 3;
  private static final int[] BYTES = {(1 << 20) + 512, 300 * Pages.SIZE};

  private final Path folder;
  private final RawFormat raw = new RawFormat();
  private final Qcow2Format qcow2;

  CrashTest() throws IOException {
    folder = Files.createTempDirectory("jettison-merge");
    qcow2 = new Qcow2Format(folder.resolve("run"));
  }

  @AfterProperty
  void remove() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }

  @Property(tries = 200)
  void rawDisksAreAsBeforeOrAsAfter(
      @ForAll long seed, @ForAll Point point, @ForAll @IntRange(max = 60) int operations)
      throws IOException {
    new Return(raw, seed).crash(point, operations);
  }

  @Property(tries = 20)
  void qcow2DisksAreAsBeforeOrAsAfter(
      @ForAll long seed, @ForAll Point point, @ForAll @IntRange(max = 60) int operations)
      throws IOException {
    new Return(qcow2, seed).crash(point, operations);
  }

  /** Where the power fails. */
  enum Point {
    STAGING,
    WRITING_THE_INDEX,
    COMPLETE,
    APPLYING,
    APPLYING_TWICE,
    APPLIED,
    DISCARDING
  }

  /** One return of two disks. */
  private final class Return {
    private final Random random;
    private final DiskFormat format;
    private final Path staging = folder.resolve("staging");
    private final List<VmSpec.Disk> disks = new ArrayList<>();
    private final List<byte[]> before = new ArrayList<>();
    private final List<byte[]> after = new ArrayList<>();

    Return(DiskFormat format, long seed) throws IOException {
      this.format = format;
      this.random = new Random(seed);
      DiskStaging.discard(staging);
      for (int i = 0; i < BYTES.length; i++) {
        byte[] contents = new byte[BYTES[i]];
        random.nextBytes(contents);
        before.add(contents);
        after.add(contents.clone());
        Path image = image(i, contents);
        String name = format == raw ? "raw" : "qcow2";
        disks.add(
            new VmSpec.Disk(
                "d" + i, image.toString(), VmSpec.Disk.Kind.FOLLOWS, name, contents.length));
      }
    }

    private Path image(int disk, byte[] contents) throws IOException {
      Path image = Files.write(folder.resolve("disk" + disk + ".raw"), contents);
      if (format == raw) {
        return image;
      }
      Path converted = folder.resolve("disk" + disk + ".qcow2");
      qemuImg("convert", "-f", "raw", "-O", "qcow2", image.toString(), converted.toString());
      return converted;
    }

    void crash(Point point, int operations) throws IOException {
      boolean committed = false;
      try (DiskStaging begun = DiskStaging.begin(staging, disks)) {
        stage(begun, point == Point.STAGING ? operations : 1 + random.nextInt(60));
        if (point == Point.STAGING) {
          loseUnsynced();
        } else {
          begun.complete(EPOCH);
          if (point == Point.WRITING_THE_INDEX) {
            tearIndex();
          } else {
            committed = true;
          }
        }
      }
      switch (point) {
        case APPLYING -> applyBadly(operations);
        case APPLYING_TWICE -> {
          applyBadly(operations);
          applyBadly(random.nextInt(60));
        }
        case APPLIED, DISCARDING -> assertThat(apply(format)).isTrue();
        default -> {}
      }
      if (point == Point.DISCARDING) {
        Files.delete(staging.resolve("index"));
      }
      recover(committed);
    }

    /** What a desktop does when it starts: the journal knows whether the return was committed. */
    private void recover(boolean committed) throws IOException {
      if (committed && DiskStaging.isPending(staging)) {
        assertThat(apply(format)).isTrue();
      } else if (!committed) {
        assertThat(DiskStaging.reopen(staging).isDone()).isFalse();
      }
      DiskStaging.discard(staging);
      assertThat(DiskStaging.isPending(staging)).isFalse();
      assertThat(staging).doesNotExist();
      for (int i = 0; i < disks.size(); i++) {
        assertIs(Path.of(disks.get(i).path()), committed ? after.get(i) : before.get(i));
      }
    }

    private void assertIs(Path image, byte[] contents) throws IOException {
      if (format == raw) {
        assertThat(Arrays.mismatch(Files.readAllBytes(image), contents)).isEqualTo(-1);
      } else {
        Path model = Files.write(folder.resolve("model"), contents);
        assertThat(qemuImg("compare", "-F", "raw", image.toString(), model.toString()))
            .contains("identical");
        qemuImg("check", image.toString());
      }
    }

    private void stage(DiskStaging begun, int operations) throws IOException {
      for (int i = 0; i < operations; i++) {
        int disk = random.nextInt(disks.size());
        int blocks = (int) Pages.holding(BYTES[disk]);
        int first = random.nextInt(blocks);
        int count = 1 + random.nextInt(Math.min(40, blocks - first));
        byte[] contents = new byte[count << Pages.SHIFT];
        switch (random.nextInt(5)) {
          case 0 -> begun.zero(disk, first, count);
          case 1 -> {
            begun.settle();
            continue;
          }
          default -> {
            random.nextBytes(contents);
            ByteBuffer bytes = ByteBuffer.allocateDirect(contents.length + 7).position(7);
            begun.take(disk, first, bytes.put(contents).position(7));
            assertThat(bytes.hasRemaining()).isFalse();
          }
        }
        byte[] model = after.get(disk);
        int at = first << Pages.SHIFT;
        System.arraycopy(contents, 0, model, at, Math.min(contents.length, model.length - at));
      }
    }

    private void loseUnsynced() throws IOException {
      try (RandomAccessFile blocks =
          new RandomAccessFile(staging.resolve("blocks").toFile(), "rw")) {
        blocks.setLength(random.nextLong(blocks.length() + 1));
      }
      if (random.nextBoolean()) {
        Files.write(staging.resolve("index.new"), new byte[random.nextInt(100)]);
      }
    }

    /** As if its rename had been durable and its bytes had not. */
    private void tearIndex() throws IOException {
      Path index = staging.resolve("index");
      byte[] whole = Files.readAllBytes(index);
      switch (random.nextInt(4)) {
        case 0 -> Files.delete(index);
        case 1 -> Files.move(index, staging.resolve("index.new"));
        case 2 -> Files.write(index, Arrays.copyOf(whole, random.nextInt(whole.length)));
        default -> {
          whole[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
          Files.write(index, whole);
        }
      }
    }

    private void applyBadly(int operations) throws IOException {
      try {
        apply(new Lossy(format, operations, random));
      } catch (Lossy.Gone e) {
        assertThat(DiskStaging.isPending(staging)).isTrue();
      }
    }

    private boolean apply(DiskFormat how) throws IOException {
      Outcome<DiskStaging> reopened = DiskStaging.reopen(staging);
      assertThat(reopened).isInstanceOf(Done.class);
      try (DiskStaging complete = reopened.orThrow()) {
        assertThat(complete.epoch()).isEqualTo(EPOCH);
        return Merge.apply(complete, disk -> Outcome.done(how)).isDone();
      }
    }
  }

  static String qemuImg(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("qemu-img"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.onExit().join().exitValue()).as(said).isZero();
    return said;
  }
}
