package io.jettison.cownetdisk.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jettison.api.hypervisor.VmSpec;
import io.jettison.cownetdisk.CowDisk;
import io.jettison.wire.Hello;
import io.jettison.wire.Hello.Purpose;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Others' programs that are hard on a disk: libnbd without its checks, and fio. With {@code
 * -Djettison.long=true} they are for longer.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS) // what it runs has a limit of its own
class TortureTest {
  private static final boolean LONG = Boolean.getBoolean("jettison.long");
  private static final int BYTES = 64 << 20;
  private static final int FILLED = 8 << 20;
  private static final int ONES = 64 << 10;
  private static final long PATIENCE_SECONDS = LONG ? 3600 : 120;

  @TempDir Path folder;
  private final byte[] image = new byte[BYTES];
  private final DiskService service = new DiskService();
  private Path socket;
  private CowDisk disk;
  private FakeDesktop desktop;

  @BeforeEach
  void open() throws IOException {
    byte[] contents = new byte[FILLED];
    new Random(6).nextBytes(contents);
    System.arraycopy(contents, 0, image, 0, FILLED);
    Arrays.fill(image, 0, ONES, (byte) 1);
    socket = folder.resolve("sock");
    VmSpec.Disk spec = new VmSpec.Disk("hda", "/x", VmSpec.Disk.Kind.FOLLOWS, "raw", BYTES);
    disk =
        service
            .open("desk/pc", 5, spec, folder.resolve("s"), folder.resolve("l"), socket)
            .orThrow();
    disk.allocated(FakeDesktop.allocated(image));
    Hello hello = new Hello(Purpose.BLOCKS, "desk", "desk/pc/hda", 5);
    desktop = new FakeDesktop(image, 5, service.attach(hello).orThrow());
  }

  @AfterEach
  void close() {
    desktop.end(5);
    service.close();
  }

  private static void needs(String tool) {
    assumeTrue(
        Stream.of(System.getenv("PATH").split(":", -1))
            .anyMatch(bin -> Files.isExecutable(Path.of(bin, tool))),
        tool + " is not installed");
  }

  private String run(List<String> command) throws Exception {
    Path said = folder.resolve("said");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    Process process = builder.redirectErrorStream(true).redirectOutput(said.toFile()).start();
    boolean ended;
    try {
      process.getOutputStream().close();
      ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } finally {
      process.destroyForcibly();
    }
    String words = Files.readString(said, StandardCharsets.UTF_8);
    assertThat(ended).as("%s: %s", command, words).isTrue();
    assertThat(process.exitValue()).as("%s: %s", command, words).isZero();
    return words;
  }

  @Test
  void libnbdWithoutItsChecks() throws Exception {
    needs("nbdsh");
    // Debian's own Python has libnbd, another that comes first in the path may not
    String python = "/usr/bin/python3";
    Path script = Path.of(Objects.requireNonNull(getClass().getResource("/torture.py")).toURI());
    String times = LONG ? "1000" : "50";
    String connections = LONG ? "100000" : "10000";
    run(List.of(python, script.toString(), socket.toString(), "hda", times, connections));
    assertThat(disk.dirty().isEmpty()).as("nothing that is wrong is written").isTrue();
    try (NbdClient client = NbdClient.open(socket, true)) {
      assertThat(client.read(0, FILLED)).isEqualTo(Arrays.copyOf(image, FILLED));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--bs=512 --size=1M", "--bs=4k --size=16M", "--bsrange=4k-256k --size=32M"})
  void fioFindsWhatItWrote(String blocks) throws Exception {
    needs("fio");
    List<String> command = new ArrayList<>(List.of("fio", "--name=torture", "--ioengine=nbd"));
    command.addAll(List.of("--uri=nbd+unix:///hda?socket=" + socket, "--rw=randwrite"));
    command.addAll(List.of(blocks.split(" ", -1)));
    command.addAll(List.of("--offset=3M", "--iodepth=32", "--fsync=64", "--verify=crc32c"));
    command.addAll(List.of("--verify_fatal=1", "--do_verify=1", "--loops=" + (LONG ? 50 : 1)));
    assertThat(run(command)).contains("err= 0");
    assertThat(disk.dirty().size()).isPositive();
    assertThat(disk.counters().flushes()).isPositive();
  }
}
