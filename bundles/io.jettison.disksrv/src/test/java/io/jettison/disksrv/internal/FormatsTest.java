package io.jettison.disksrv.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.disk.DiskFormat;
import io.jettison.api.disk.DiskImage;
import io.jettison.api.disk.DiskTarget;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both formats, with images that QEMU's tools make and check. */
class FormatsTest {
  private static final int MIB = 1 << 20;

  @TempDir private Path folder;
  private Qcow2Format qcow2;

  @BeforeEach
  void open() {
    qcow2 = new Qcow2Format(folder.resolve("run"));
  }

  @AfterEach
  void nothingIsLeftBehind() throws IOException {
    Path disks = folder.resolve("run/disks");
    if (Files.exists(disks)) {
      try (Stream<Path> left = Files.list(disks)) {
        assertThat(left).isEmpty();
      }
    }
    qcow2.close();
  }

  private DiskFormat format(String name) {
    return name.equals("raw") ? new RawFormat() : qcow2;
  }

  private Path image(String format, byte[] contents) throws IOException {
    Path image = folder.resolve("disk." + format);
    return format.equals("raw") ? Images.raw(image, contents) : Images.qcow2(image, contents);
  }

  private static String refusal(Outcome<?> outcome) {
    return outcome instanceof Refused<?> refused ? refused.oneLine() : "it was done";
  }

  @ParameterizedTest
  @CsvSource({
    "raw,4194304",
    "raw,4194305",
    "raw,4198399",
    "raw,1",
    "raw,512",
    "qcow2,4194304",
    "qcow2,4194816",
    "qcow2,4197888",
    "qcow2,512"
  })
  void readsEveryBlock(String name, int bytes) throws IOException {
    byte[] contents = Images.contents(bytes, 1);
    Path path = image(name, contents);
    assertThat(format(name).bytes(path).orThrow()).isEqualTo(bytes);
    try (DiskImage image = format(name).open(path).orThrow()) {
      assertThat(image.bytes()).isEqualTo(bytes);
      long blocks = Pages.holding(bytes);
      for (long block = 0; block < blocks; block += 100) {
        int count = (int) Math.min(100, blocks - block);
        ByteBuffer into = ByteBuffer.allocateDirect((count << Pages.SHIFT) + 10).position(10);
        image.read(block, into);
        assertThat(into.hasRemaining()).isFalse();
        assertThat(into.position(10)).isEqualTo(Images.blocks(contents, block, count));
      }
      ByteBuffer one = ByteBuffer.allocate(Pages.SIZE);
      assertThatThrownBy(() -> image.read(blocks, one)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> image.read(-1, one)).isInstanceOf(IOException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2"})
  void tellsWhatIsAllocated(String name) throws IOException {
    byte[] contents = Images.contents(16 * MIB, 2);
    Path path = image(name, new byte[16 * MIB]);
    if (name.equals("raw")) { // a file of its own holes
      Files.write(path, new byte[0]);
      try (DiskTarget target = writable(name, path, contents.length)) {
        writeData(target, contents);
      }
    } else {
      try (DiskTarget target = format(name).openTarget(path).orThrow()) {
        writeData(target, contents);
      }
    }
    PageSet expected = new PageSet();
    for (long block = 0; block < Pages.holding(contents.length); block++) {
      if (!Images.blocks(contents, block, 1).equals(ByteBuffer.allocate(Pages.SIZE))) {
        expected.add(block);
      }
    }
    try (DiskImage image = format(name).open(path).orThrow()) {
      assertThat(image.allocated()).isEqualTo(expected);
    }
  }

  private DiskTarget writable(String name, Path path, int bytes) throws IOException {
    try (var file = new java.io.RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(bytes);
    }
    return format(name).openTarget(path).orThrow();
  }

  private static void writeData(DiskTarget target, byte[] contents) throws IOException {
    for (long block = 0; block < Pages.holding(contents.length); block++) {
      ByteBuffer data = Images.blocks(contents, block, 1);
      if (!data.equals(ByteBuffer.allocate(Pages.SIZE))) {
        target.write(block, data);
      }
    }
    target.sync();
  }

  @ParameterizedTest
  @CsvSource({"raw,8388608", "raw,8388609", "qcow2,8388608", "qcow2,8389120"})
  void writesAndZeroesAndTheLastBlockIsClipped(String name, int bytes) throws IOException {
    byte[] contents = Images.contents(bytes, 3);
    Path path = image(name, contents);
    long blocks = Pages.holding(bytes);
    byte[] model = new byte[(int) Pages.offset(blocks)];
    System.arraycopy(contents, 0, model, 0, bytes);
    Random random = new Random(4);
    try (DiskTarget target = format(name).openTarget(path).orThrow()) {
      for (int i = 0; i < 300; i++) {
        int first = random.nextInt((int) blocks);
        int count = 1 + random.nextInt((int) Math.min(400, blocks - first));
        byte[] data = new byte[count << Pages.SHIFT];
        if (i % 3 == 0) {
          target.zero(first, count);
        } else {
          random.nextBytes(data);
          target.write(first, ByteBuffer.wrap(data));
        }
        System.arraycopy(data, 0, model, first << Pages.SHIFT, data.length);
      }
      target.zero(blocks - 1, 1);
      byte[] last = new byte[Pages.SIZE];
      random.nextBytes(last);
      target.write(blocks - 1, ByteBuffer.wrap(last));
      System.arraycopy(last, 0, model, (int) Pages.offset(blocks - 1), last.length);
      target.sync();
      assertThatThrownBy(() -> target.write(blocks, ByteBuffer.allocate(Pages.SIZE)))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> target.zero(blocks - 1, 2)).isInstanceOf(IOException.class);
    }
    Path expected = Files.write(folder.resolve("model"), java.util.Arrays.copyOf(model, bytes));
    if (name.equals("raw")) {
      assertThat(path).hasSameBinaryContentAs(expected);
    } else {
      Images.qemuImg("check", path.toString());
      assertThat(Images.qemuImg("compare", "-F", "raw", path.toString(), expected.toString()))
          .contains("identical");
    }
  }

  @Test
  @EnabledIf("hasLoopDevices")
  void aBlockDeviceIsARawImage() throws IOException {
    byte[] contents = new byte[4 * MIB + 512];
    new Random(7).nextBytes(contents);
    Path file = image("raw", contents);
    Path device = Path.of(Images.run("losetup", "--find", "--show", file.toString()).trim());
    try (DiskImage image = new RawFormat().open(device).orThrow();
        DiskTarget target = new RawFormat().openTarget(device).orThrow()) {
      assertThat(new RawFormat().bytes(device).orThrow()).isEqualTo(contents.length);
      PageSet all = new PageSet();
      all.add(0, Pages.holding(contents.length));
      assertThat(image.allocated()).isEqualTo(all);
      target.zero(10, 100);
      target.write(1024, ByteBuffer.allocate(Pages.SIZE));
      target.sync();
      java.util.Arrays.fill(contents, 10 << Pages.SHIFT, 110 << Pages.SHIFT, (byte) 0);
      java.util.Arrays.fill(contents, 1024 << Pages.SHIFT, contents.length, (byte) 0);
      ByteBuffer into = ByteBuffer.allocate(1025 << Pages.SHIFT);
      image.read(0, into);
      assertThat(into.flip()).isEqualTo(Images.blocks(contents, 0, 1025));
    } finally {
      Images.run("losetup", "--detach", device.toString());
    }
    assertThat(file).hasBinaryContent(contents);
  }

  static boolean hasLoopDevices() {
    return Files.isWritable(Path.of("/dev/loop-control"));
  }

  @Test
  void zeroesFreeWhatTheyTook() throws IOException {
    byte[] contents = new byte[8 * MIB];
    new Random(5).nextBytes(contents);
    for (String name : new String[] {"raw", "qcow2"}) {
      Path path = image(name, contents);
      try (DiskTarget target = format(name).openTarget(path).orThrow()) {
        target.zero(0, 1024);
        target.sync();
      }
      try (DiskImage image = format(name).open(path).orThrow()) {
        PageSet second = new PageSet();
        second.add(1024, 1024);
        assertThat(image.allocated()).as(name).isEqualTo(second);
      }
    }
  }

  @Test
  void imagesThatNeedMoreThanThemselvesAreRefused() throws IOException {
    Path base = image("qcow2", new byte[MIB]);
    String child = folder.resolve("child.qcow2").toString();
    Images.qemuImg("create", "-f", "qcow2", "-b", base.toString(), "-F", "qcow2", child);
    assertThat(refusal(qcow2.bytes(Path.of(child)))).contains("backing file", "qemu-img rebase");

    String external = folder.resolve("external.qcow2").toString();
    String option = "data_file=" + folder.resolve("external.data") + ",data_file_raw=on";
    Images.qemuImg("create", "-f", "qcow2", "-o", option, external, "1M");
    assertThat(refusal(qcow2.bytes(Path.of(external))))
        .contains("data in another file", "qemu-img convert");

    String secret = folder.resolve("secret.qcow2").toString();
    // not luks: qemu-img times its key derivation, and gives up on a machine that is too busy
    String how = "encrypt.format=aes,encrypt.key-secret=s";
    String key = "secret,id=s,data=abc";
    Images.qemuImg("create", "-f", "qcow2", "--object", key, "-o", how, secret, "1M");
    assertThat(refusal(qcow2.bytes(Path.of(secret)))).contains("encrypted", "qemu-img convert");
  }

  @Test
  void whatIsNoImageIsRefused() throws IOException {
    Path missing = folder.resolve("missing");
    Path raw = image("raw", Images.contents(MIB, 6));
    for (String name : new String[] {"raw", "qcow2"}) {
      assertThat(refusal(format(name).bytes(missing))).contains("there is no disk image");
      assertThat(refusal(format(name).bytes(folder))).contains(folder.toString());
      assertThat(refusal(format(name).open(folder))).contains("cannot be opened");
      assertThat(refusal(format(name).openTarget(missing))).contains(missing.toString());
    }
    assertThat(refusal(qcow2.bytes(raw))).contains("not a qcow2 image");
    assertThat(refusal(qcow2.open(raw))).contains("cannot be opened", "not in qcow2 format");
    for (String other : new String[] {"qcow2", "vmdk", "vdi", "vhdx", "vpc", "qed"}) {
      String image = folder.resolve("other." + other).toString();
      Images.qemuImg("create", "-f", other, image, "1M");
      assertThat(refusal(new RawFormat().bytes(Path.of(image)))).contains("is a " + other);
    }
  }

  @Test
  void aGuestThatWroteAHeaderStillLeavesAndComesHome() throws IOException {
    Path path = image("qcow2", new byte[MIB]); // as seen by a guest that wrote all of this
    try (DiskImage image = new RawFormat().open(path).orThrow();
        DiskTarget target = new RawFormat().openTarget(path).orThrow()) {
      assertThat(image.bytes()).isEqualTo(Files.size(path));
      target.sync();
    }
  }

  @Test
  void missingToolsAreNamed() throws IOException {
    Path path = image("qcow2", new byte[MIB]);
    Path run = folder.resolve("run");
    Qcow2Format without = new Qcow2Format(run, "/nowhere/qemu-img", "/nowhere/qemu-nbd");
    assertThat(refusal(without.bytes(path))).contains("apt install qemu-utils");
    assertThat(refusal(without.open(path))).contains("apt install qemu-utils");
  }

  @Test
  void anImageIsNotWrittenByTwo() throws IOException {
    Path path = image("qcow2", new byte[MIB]);
    DiskTarget target = qcow2.openTarget(path).orThrow();
    assertThat(refusal(qcow2.openTarget(path))).contains("lock");
    target.close();
    qcow2.openTarget(path).orThrow().close();
  }

  @Test
  void noProgramHasAClosedImage() throws IOException {
    Path path = image("qcow2", new byte[MIB]);
    for (int i = 0; i < 20; i++) {
      DiskImage image = qcow2.open(path).orThrow();
      List<ProcessHandle> helpers = ProcessHandle.current().children().toList();
      assertThat(helpers).hasSize(1);
      image.close();
      assertThat(helpers).noneMatch(ProcessHandle::isAlive);
    }
  }

  @Test
  void helperProgramsAreFoundByTheirNotes() throws IOException {
    Path path = image("qcow2", new byte[MIB]);
    DiskImage image = qcow2.open(path).orThrow();
    qcow2 = new Qcow2Format(folder.resolve("run"));
    assertThatThrownBy(() -> image.read(0, ByteBuffer.allocate(Pages.SIZE)))
        .isInstanceOf(IOException.class);
    qcow2.openTarget(path).orThrow().close();
    image.close();
  }
}
