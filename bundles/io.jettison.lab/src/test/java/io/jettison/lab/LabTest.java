package io.jettison.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lab as a process, with distributions whose daemons never take a command. */
class LabTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @TempDir Path folder;

  @BeforeEach
  void distributions() throws IOException {
    for (String host : List.of("desktop", "server")) {
      Path home = folder.resolve(host);
      for (String part : List.of("bin", "conf", "lib", "bundle")) {
        Files.createDirectories(home.resolve(part));
      }
      program(home.resolve("bin/jettison"), "exit 3");
      program(home.resolve("bin/jettisond"), "sleep 600 & wait");
    }
  }

  @Test
  void interruptedItLeavesNothingBehind() throws Exception {
    Process lab = lab("--vm", "emulator");
    LabId id = awaitHost(lab);
    lab.destroy();
    assertThat(lab.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertNothingLeft(id);
    assertThat(folder.resolve(id.toString())).doesNotExist();
  }

  @Test
  void killedItIsCleanedUpAfterByTheNext() throws Exception {
    Process lab = lab("--vm", "emulator", "--loopback");
    LabId id = awaitHost(lab);
    lab.destroyForcibly().waitFor();
    assertThat(Processes.of(id::equals)).isNotEmpty();
    Workspace.deleteLeftovers();
    assertNothingLeft(id);
  }

  @Test
  void aHostThatEndsAtItsStartIsReportedWithItsLastWords() throws Exception {
    program(folder.resolve("server/bin/jettisond"), "echo 'no Java here'; exit 1");
    Path json = folder.resolve("report.json");
    Process lab = lab("--vm", "emulator", "--loopback", "--json", json.toString());
    assertThat(lab.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(lab.exitValue()).isEqualTo(1);
    assertThat(Files.readString(json)).contains("no Java here").contains("\"ok\" : false");
    assertThat(Files.readString(folder.resolve("lab.log"))).contains("WRONG:");
  }

  @Test
  void aWrongOptionIsRefusedWithExitCodeTwo() throws Exception {
    Process lab = lab("--cycels", "3");
    assertThat(lab.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(lab.exitValue()).isEqualTo(2);
    assertThat(Files.readString(folder.resolve("lab.log"))).contains("unknown option '--cycels'");
  }

  private Process lab(String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("-D" + LabHome.PROPERTY + "=" + folder);
    command.add("-Djava.io.tmpdir=" + folder);
    command.add(Lab.class.getName());
    command.addAll(List.of(options));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("lab.log").toFile())
        .start();
  }

  private static LabId awaitHost(Process lab) throws LabException {
    Waiting.until("a host is started", LIMIT, () -> idOf(lab).isPresent());
    return idOf(lab).orElseThrow();
  }

  private static Optional<LabId> idOf(Process lab) {
    List<LabId> seen = new ArrayList<>();
    Processes.of(id -> id.pid() == lab.pid() && seen.add(id));
    return seen.stream().findFirst();
  }

  private static void assertNothingLeft(LabId id) throws Exception {
    assertThat(Processes.of(id::equals)).isEmpty();
    assertThat(Namespaces.names()).noneMatch(name -> name.startsWith(id.toString()));
    assertThat(Path.of("/dev/shm", id.toString())).doesNotExist();
  }

  private static void program(Path path, String script) throws IOException {
    Files.writeString(path, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
