package io.jettison.diskmerge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.disk.DiskFormat;
import io.jettison.api.disk.DiskImage;
import io.jettison.api.disk.DiskTarget;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.Pages;
import io.jettison.disksrv.internal.Qcow2Format;
import io.jettison.disksrv.internal.RawFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskStagingTest {
  private static final int BLOCKS = 3000;

  @TempDir private Path folder;
  private Path staging;
  private VmSpec.Disk disk;

  @BeforeEach
  void image() throws IOException {
    staging = folder.resolve("return/disks");
    Path image = Files.write(folder.resolve("disk.raw"), new byte[BLOCKS << Pages.SHIFT]);
    disk =
        new VmSpec.Disk(
            "hd0", image.toString(), VmSpec.Disk.Kind.FOLLOWS, "raw", BLOCKS << Pages.SHIFT);
  }

  private static ByteBuffer blocks(int count, int value) {
    byte[] bytes = new byte[count << Pages.SHIFT];
    Arrays.fill(bytes, (byte) value);
    return ByteBuffer.wrap(bytes);
  }

  private DiskStaging begin() throws IOException {
    return DiskStaging.begin(staging, List.of(disk));
  }

  private void merge() throws IOException {
    try (DiskStaging again = DiskStaging.reopen(staging).orThrow()) {
      Merge.apply(again, any -> Outcome.done(new RawFormat())).orThrow();
    }
  }

  private int value(int block) throws IOException {
    return Files.readAllBytes(Path.of(disk.path()))[block << Pages.SHIFT];
  }

  @Test
  void laterOnesWin() throws IOException {
    try (DiskStaging begun = begin()) {
      begun.take(0, 10, blocks(10, 1));
      begun.zero(0, 12, 4);
      begun.take(0, 14, blocks(1, 2));
      begun.take(0, 5, blocks(6, 3));
      begun.zero(0, 100, 100);
      assertThat(begun.size()).isEqualTo(115);
      begun.complete(1);
      assertThat(begun.size()).isEqualTo(115);
    }
    Files.write(Path.of(disk.path()), new byte[BLOCKS << Pages.SHIFT]);
    merge();
    int[] values = {3, 3, 3, 3, 3, 3, 1, 0, 0, 2, 0, 1, 1, 1, 1, 0};
    for (int i = 0; i < values.length; i++) {
      assertThat(value(5 + i)).as("block " + (5 + i)).isEqualTo(values[i]);
    }
  }

  @Test
  void moreThanABufferInOneRunAndInMany() throws IOException {
    try (DiskStaging begun = begin()) {
      begun.take(0, 0, blocks(1300, 1));
      for (int block = 2998; block >= 1400; block -= 2) {
        begun.take(0, block, blocks(1, block));
      }
      for (int block = 1401; block < BLOCKS; block += 2) {
        begun.take(0, block, blocks(1, block));
      }
      begun.complete(1);
    }
    merge();
    byte[] image = Files.readAllBytes(Path.of(disk.path()));
    for (int block = 0; block < BLOCKS; block++) {
      int expected = block < 1300 ? 1 : block < 1400 ? 0 : (byte) block;
      assertThat(image[(block << Pages.SHIFT) + 4095])
          .as("block " + block)
          .isEqualTo((byte) expected);
    }
  }

  @Test
  void whatIsNotOnTheDiskIsNotTaken() throws IOException {
    try (DiskStaging begun = begin()) {
      assertThatThrownBy(() -> begun.take(0, BLOCKS, blocks(1, 1))).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> begun.take(1, 0, blocks(1, 1))).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> begun.take(0, 0, ByteBuffer.allocate(100)))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> begun.zero(0, -1, 1)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> begun.zero(0, 1, Long.MAX_VALUE)).isInstanceOf(IOException.class);
      assertThat(begun.size()).isZero();
      begun.complete(1);
      assertThatThrownBy(() -> begun.take(0, 0, blocks(1, 1))).isInstanceOf(IOException.class);
    }
  }

  @Test
  void anIncompleteOneIsNotFound() throws IOException {
    try (DiskStaging begun = begin()) {
      begun.take(0, 0, blocks(1, 1));
      begun.settle();
      assertThat(DiskStaging.isPending(staging)).isFalse();
      assertThat(DiskStaging.reopen(staging)).isInstanceOf(Refused.class);
    }
    DiskStaging.discard(staging);
    DiskStaging.discard(staging);
    assertThat(staging).doesNotExist();
  }

  @Test
  void aSyncThatFailedIsNotForgotten() throws IOException {
    DiskStaging begun = begin();
    begun.take(0, 0, blocks(1, 1));
    begun.close();
    assertThatThrownBy(begun::settle).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> begun.complete(1)).hasMessageContaining("lost");
  }

  @Test
  void aDamagedOneIsNeverBelieved() throws IOException {
    try (DiskStaging begun = begin()) {
      begun.take(0, 7, blocks(2, 1));
      begun.zero(0, 20, 2);
      begun.complete(1);
    }
    for (String name : new String[] {"index", "blocks"}) {
      Path file = staging.resolve(name);
      byte[] whole = Files.readAllBytes(file);
      for (int at = 0; at < whole.length; at += name.equals("index") ? 1 : 509) {
        byte[] damaged = whole.clone();
        damaged[at] ^= 4;
        Files.write(file, damaged);
        assertThat(DiskStaging.reopen(staging)).isInstanceOf(Refused.class);
        Files.write(file, Arrays.copyOf(whole, at));
        assertThat(DiskStaging.reopen(staging)).isInstanceOf(Refused.class);
      }
      Files.write(file, whole);
    }
    Files.delete(staging.resolve("blocks"));
    assertThat(DiskStaging.reopen(staging)).isInstanceOf(Refused.class);
  }

  @Test
  void anImageThatIsGoneIsARefusalAndCanBeRepeated() throws IOException {
    try (DiskStaging begun = begin()) {
      begun.take(0, 7, blocks(2, 5));
      begun.complete(1);
      Path image = Path.of(disk.path());
      Path away = Files.move(image, folder.resolve("away"));
      assertThat(Merge.apply(begun, any -> Outcome.done(new RawFormat())))
          .isInstanceOf(Refused.class);
      assertThat(Merge.apply(begun, any -> Outcome.refused("no format", "wait")))
          .isInstanceOf(Refused.class);
      Files.move(away, image);
      Merge.apply(begun, any -> Outcome.done(new RawFormat())).orThrow();
    }
    assertThat(value(8)).isEqualTo(5);
  }

  /** Kills the program behind an image after some writes. */
  private record Killed(DiskFormat format) implements DiskFormat {
    @Override
    public Outcome<Long> bytes(Path image) {
      return format.bytes(image);
    }

    @Override
    public Outcome<DiskImage> open(Path image) {
      return format.open(image);
    }

    @Override
    public Outcome<DiskTarget> openTarget(Path image) {
      return format.openTarget(image).then(target -> Outcome.done(new KilledTarget(target)));
    }
  }

  private static final class KilledTarget implements DiskTarget {
    private final DiskTarget target;
    private int left = 500;

    KilledTarget(DiskTarget target) {
      this.target = target;
    }

    @Override
    public void write(long block, ByteBuffer from) throws IOException {
      target.write(block, from);
      if (left-- == 0) {
        ProcessHandle.current()
            .children()
            .filter(child -> child.info().command().orElse("").endsWith("qemu-nbd"))
            .forEach(ProcessHandle::destroyForcibly);
      }
    }

    @Override
    public void zero(long first, long count) throws IOException {
      target.zero(first, count);
    }

    @Override
    public void sync() throws IOException {
      target.sync();
    }

    @Override
    public void close() throws IOException {
      target.close();
    }
  }

  @Test
  void aMergeWhoseHelperIsKilledIsRepeated() throws IOException {
    Path image = folder.resolve("disk.qcow2");
    CrashTest.qemuImg("convert", "-f", "raw", "-O", "qcow2", disk.path(), image.toString());
    VmSpec.Disk qcow2 =
        new VmSpec.Disk("hd0", image.toString(), disk.kind(), "qcow2", disk.bytes());
    Qcow2Format format = new Qcow2Format(folder);
    byte[] model = new byte[BLOCKS << Pages.SHIFT];
    try (DiskStaging begun = DiskStaging.begin(staging, List.of(qcow2))) {
      for (int block = 0; block < BLOCKS; block += 2) {
        begun.take(0, block, blocks(1, block + 1));
        Arrays.fill(model, block << Pages.SHIFT, (block + 1) << Pages.SHIFT, (byte) (block + 1));
      }
      begun.complete(1);
      assertThatThrownBy(() -> Merge.apply(begun, any -> Outcome.done(new Killed(format))))
          .isInstanceOf(IOException.class);
      Merge.apply(begun, any -> Outcome.done(format)).orThrow();
    }
    Path expected = Files.write(folder.resolve("model"), model);
    CrashTest.qemuImg("check", image.toString());
    assertThat(CrashTest.qemuImg("compare", "-F", "raw", image.toString(), expected.toString()))
        .contains("identical");
  }
}
