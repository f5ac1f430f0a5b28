package io.jettison.cownetdisk.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.cownetdisk.CowDisk;
import io.jettison.wire.Hello;
import io.jettison.wire.Hello.Purpose;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others' tools make of a disk: libnbd's and QEMU's. */
class ToolsTest {
  private static final int BYTES = (8 << 20) + 512;

  @TempDir Path folder;
  private final byte[] image = new byte[BYTES];
  private final DiskService service = new DiskService();
  private CowDisk disk;
  private FakeDesktop desktop;
  private String uri;
  private Path raw;

  @BeforeEach
  void open() throws IOException {
    for (String tool : List.of("nbdinfo", "nbdcopy", "qemu-img", "qemu-io")) {
      assumeTrue(
          Stream.of(System.getenv("PATH").split(":"))
              .anyMatch(bin -> Files.isExecutable(Path.of(bin, tool))),
          tool + " is not installed");
    }
    new Random(4).nextBytes(image);
    Arrays.fill(image, 2 << 20, 5 << 20, (byte) 0);
    raw = Files.write(folder.resolve("image.raw"), image);
    Path socket = folder.resolve("sock");
    VmSpec.Disk spec = new VmSpec.Disk("hda", "/x", VmSpec.Disk.Kind.FOLLOWS, "raw", BYTES);
    disk =
        service
            .open("desk/pc", 5, spec, folder.resolve("s"), folder.resolve("l"), socket)
            .orThrow();
    disk.allocated(FakeDesktop.allocated(image));
    Hello hello = new Hello(Purpose.BLOCKS, "desk", "desk/pc/hda", 5);
    desktop = new FakeDesktop(image, 5, service.attach(hello).orThrow());
    uri = "nbd+unix:///hda?socket=" + socket;
  }

  @AfterEach
  void close() {
    if (disk != null) {
      desktop.end(5);
    }
    service.close();
  }

  private String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("%s: %s", List.of(command), said).isZero();
    return said;
  }

  @Test
  void nbdinfoKnowsTheDisk() throws Exception {
    String said = run("nbdinfo", "--json", uri).replaceAll("\\s", "");
    assertThat(said)
        .contains("\"structured\":true", "\"export-size\":" + BYTES, "\"export-name\":\"hda\"")
        .contains("\"base:allocation\"", "\"jettison:dirty\"")
        .contains("\"can_multi_conn\":true", "\"can_fast_zero\":true", "\"can_df\":true")
        .contains("\"can_cache\":true", "\"can_fua\":true", "\"can_trim\":true")
        .contains("\"block_size_minimum\":1", "\"block_size_preferred\":4096")
        .contains("\"block_size_maximum\":33554432", "\"is_read_only\":false");
    assertThat(run("nbdinfo", "--list", uri.replace("/hda", "/"))).contains("export=\"hda\"");
    assertThat(run("nbdinfo", "--map", uri)).containsPattern("2097152 +3145728 +3 +hole,zero");
  }

  @Test
  void nbdcopyCopiesThereAndBack() throws Exception {
    Path copy = folder.resolve("copy.raw");
    run("nbdcopy", uri, copy.toString());
    assertThat(Files.mismatch(raw, copy)).isEqualTo(-1);
    byte[] other = new byte[BYTES];
    new Random(5).nextBytes(other);
    Arrays.fill(other, 1 << 20, 3 << 20, (byte) 0);
    Path changed = Files.write(folder.resolve("changed.raw"), other);
    run("nbdcopy", "--flush", changed.toString(), uri);
    run("nbdcopy", uri, copy.toString());
    assertThat(Files.mismatch(changed, copy)).isEqualTo(-1);
    assertThat(disk.dirty().size()).isEqualTo(Pages.holding(BYTES));
  }

  @Test
  void qemuReadsWritesAndMaps() throws Exception {
    run("qemu-img", "compare", "-f", "raw", "-F", "raw", raw.toString(), uri);
    String map = run("qemu-img", "map", "--output=json", "-f", "raw", uri).replaceAll("\\s", "");
    assertThat(map).contains("\"start\":2097152,\"length\":3145728,\"depth\":0");
    String said =
        run(
            "qemu-io",
            "-f",
            "raw",
            "-c",
            "write -P 1 1024 10000",
            "-c",
            "write -z -u 2M 1M",
            "-c",
            "discard 4M 8192",
            "-c",
            "write -f -P 7 5M 64k",
            "-c",
            "flush",
            "-c",
            "read -P 1 1024 10000",
            "-c",
            "read -P 0 2M 1M",
            "-c",
            "read -P 7 5M 64k",
            uri);
    assertThat(said).doesNotContain("Pattern verification failed");
    Path copy = folder.resolve("copy.raw");
    run("qemu-img", "convert", "-f", "raw", "-O", "raw", uri, copy.toString());
    Arrays.fill(image, 1024, 11_024, (byte) 1);
    Arrays.fill(image, 2 << 20, 3 << 20, (byte) 0);
    Arrays.fill(image, 4 << 20, (4 << 20) + 8192, (byte) 0);
    Arrays.fill(image, 5 << 20, (5 << 20) + 65_536, (byte) 7);
    assertThat(Files.readAllBytes(copy)).startsWith(image);
    run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", copy.toString(), uri);
    run("qemu-img", "compare", "-f", "raw", "-F", "raw", copy.toString(), uri);
    PageSet dirty = disk.dirty();
    assertThat(dirty.contains(0)).isTrue();
  }

  @Test
  void nbdinfoTellsWhatIsDirty() throws Exception {
    try (NbdClient client = NbdClient.open(folder.resolve("sock"), true)) {
      assertThat(client.write(5 * Pages.SIZE + 100, new byte[100], 0)).isZero();
      assertThat(client.write(3 << 20, new byte[1 << 20], 0)).isZero();
    }
    PageSet told = new PageSet();
    run("nbdinfo", "--map=jettison:dirty", uri)
        .lines()
        .map(line -> line.strip().split(" +"))
        .filter(words -> words[2].equals("1"))
        .forEach(
            words -> {
              long first = Long.parseLong(words[0]) >> Pages.SHIFT;
              told.add(first, Long.parseLong(words[1]) >> Pages.SHIFT);
            });
    assertThat(told).isEqualTo(disk.dirty());
    assertThat(told.size()).isEqualTo(1 + 256);
  }
}
