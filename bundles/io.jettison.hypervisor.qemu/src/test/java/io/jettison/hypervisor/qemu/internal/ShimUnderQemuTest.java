package io.jettison.hypervisor.qemu.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jettison.uffd.Shim;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A QEMU whose memory cannot be paged ends before its guest has run, and says why. */
class ShimUnderQemuTest {
  private static final long RAM = 16 << 20;
  private static final String NOBODY = "65534";

  private Path folder;
  private Path memory;
  private Path ram;

  @BeforeEach
  void prepare() throws IOException {
    folder = openToAll(Files.createTempDirectory(Path.of("/tmp"), "jqs"));
    memory = openToAll(Files.createTempDirectory(Path.of("/dev/shm"), "jqs"));
    ram = memory.resolve("ram");
    try (RandomAccessFile file = new RandomAccessFile(ram.toFile(), "rw")) {
      file.setLength(RAM);
    }
    openToAll(ram);
  }

  private static Path openToAll(Path path) throws IOException {
    return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  @AfterEach
  void remove() throws IOException {
    for (Path each : List.of(folder, memory)) {
      try (var files = Files.walk(each)) {
        files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
      }
    }
  }

  private String saysWhenItEnds(List<String> before, String share) throws Exception {
    List<String> command = new ArrayList<>(before);
    command.addAll(
        List.of(
            "qemu-system-x86_64",
            "-S",
            "-nodefaults",
            "-display",
            "none",
            "-m",
            "16",
            "-machine",
            "pc,memory-backend=ram",
            "-object",
            "memory-backend-file,id=ram,size=16M,share=" + share + ",mem-path=" + ram));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(new Shim(folder).environment(ram, folder.resolve("note")));
    Process process = builder.start();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).isNotZero();
    assertThat(folder.resolve("note")).doesNotExist();
    return said;
  }

  @Test
  void memoryThatIsMappedPrivatelyIsRefused() throws Exception {
    assertThat(saysWhenItEnds(List.of(), "off")).contains("privately").contains("use share=on");
  }

  @Test
  void aUserWithoutTheRightIsToldHowToGetIt() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can become nobody");
    assumeTrue(
        Files.readString(Path.of("/proc/sys/vm/unprivileged_userfaultfd")).startsWith("0"),
        "everybody has the right here");
    assertThat(saysWhenItEnds(List.of("setpriv", "--reuid=" + NOBODY, "--clear-groups"), "on"))
        .contains("no right to use userfaultfd")
        .contains("sysctl vm.unprivileged_userfaultfd=1");
  }
}
