package io.jettison.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class NamespacesTest {
  /** No process has number 0: a lab that is dead by construction. */
  private static final LabId DEAD = new LabId(0, System.nanoTime());

  @Test
  void hostsReachEachOtherOverShapedCablesAndNothingIsLeft() throws Exception {
    assumeRoot();
    LabId id = LabId.own();
    try (Cleanup cleanup = new Cleanup()) {
      Network network = Namespaces.create(id, cleanup);
      for (String peer : List.of("10.77.0.1", "10.77.0.2", "10.77.0.3")) {
        assertThat(reaches(network.onClient(), peer)).as("client to %s", peer).isTrue();
      }
      assertThat(reaches(network.onDesktop(), "10.77.0.2")).as("desktop to server").isTrue();
      assertThat(run(network.onServer(), "tc", "qdisc", "show", "dev", "uplink").out())
          .contains("tbf")
          .contains("rate 1Gbit");
      assertThat(namespacesOf(id)).hasSize(4);
    }
    assertThat(namespacesOf(id)).isEmpty();
  }

  @Test
  void theNextLabRemovesWhatADeadOneLeft() throws Exception {
    assumeRoot();
    Namespaces.create(DEAD, new Cleanup());
    Path memory = Files.createDirectory(Path.of("/dev/shm", DEAD.toString()));
    Files.writeString(memory.resolve("ram"), "pages");
    Workspace.deleteLeftovers();
    assertThat(namespacesOf(DEAD)).isEmpty();
    assertThat(memory).doesNotExist();
  }

  @Test
  void theProcessesOfADeadLabAreEndedAndNoOthers() throws Exception {
    Process left = sleeper(DEAD.toString());
    Process living = sleeper(LabId.own().toString());
    try {
      Workspace.deleteLeftovers();
      assertThat(left.waitFor(1, TimeUnit.MINUTES)).isTrue();
      assertThat(living.isAlive()).isTrue();
    } finally {
      left.destroyForcibly();
      living.destroyForcibly();
    }
  }

  @Test
  void aLabIsTakenForAliveAsLongAsItsProcessIs() {
    LabId own = LabId.own();
    assertThat(own.alive()).isTrue();
    assertThat(new LabId(own.pid(), own.start() + 1).alive()).isFalse();
    assertThat(LabId.in(own + "-desktop")).contains(own);
    assertThat(LabId.in("somebody-elses")).isEmpty();
  }

  @Test
  void nothingIsCreatedOnceTheCleanUpHasBegun() throws Exception {
    List<String> undone = new ArrayList<>();
    Cleanup cleanup = new Cleanup();
    cleanup.add(() -> undone.add("first"));
    cleanup.add(
        () -> {
          throw new LabException("a step that fails");
        });
    cleanup.add(() -> undone.add("last"));
    cleanup.close();
    cleanup.close();
    assertThat(undone).containsExactly("last", "first");
    assertThatThrownBy(() -> cleanup.add(() -> undone.add("late")))
        .isInstanceOf(LabException.class);
  }

  @Test
  void loopbackTakesAFreePort() throws Exception {
    assertThat(Loopback.create().serverAddress()).matches("127\\.0\\.0\\.1:\\d+");
  }

  private static Process sleeper(String lab) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("sleep", "300");
    builder.environment().put(LabId.VARIABLE, lab);
    return builder.start();
  }

  private static List<String> namespacesOf(LabId id) throws LabException {
    return Namespaces.names().stream()
        .filter(name -> LabId.in(name).filter(id::equals).isPresent())
        .toList();
  }

  private static boolean reaches(List<String> prefix, String address) throws LabException {
    // no ping on a small machine: a refused connection is an answer of the host, too
    Ran ran = run(prefix, "timeout", "5", "bash", "-c", "exec 3<>/dev/tcp/" + address + "/9");
    return ran.err().contains("refused");
  }

  private static Ran run(List<String> prefix, String... command) throws LabException {
    List<String> words = new ArrayList<>(prefix);
    words.addAll(List.of(command));
    return Ran.of(Duration.ofSeconds(20), Map.of(), words);
  }

  private static void assumeRoot() {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "network namespaces can be made by root");
  }
}
