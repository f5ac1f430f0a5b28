package io.jettison.uffd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VmmProcessTest {
  @TempDir Path folder;
  private Path run;
  private Path other;

  @BeforeEach
  void folders() throws IOException {
    run = Files.createDirectory(folder.resolve("pc"));
    other = Files.createDirectory(folder.resolve("pc2"));
  }

  @AfterEach
  void end() {
    VmmProcess.end(run);
    VmmProcess.end(other);
  }

  private static VmmProcess start(Path run) throws IOException {
    return VmmProcess.start(List.of("sleep", "600"), Map.of(), run);
  }

  /** It is found by its environment, which reads as empty while setsid becomes sleep. */
  private static void awaitEnvironment(VmmProcess process) throws IOException {
    Path proc = Path.of("/proc/" + process.pid());
    // in this order: exec gives the name first and the environment last
    while (!Files.readString(proc.resolve("comm")).equals("sleep\n")
        || Files.readAllBytes(proc.resolve("environ")).length == 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void itIsFoundAgainByItsNoteUntilItEnds() throws IOException {
    VmmProcess started = start(run);
    assertThat(VmmProcess.find(run)).contains(started);
    assertThat(VmmProcess.find(other)).isEmpty();
    VmmProcess.end(run);
    assertThat(started.isAlive()).isFalse();
    assertThat(VmmProcess.find(run)).isEmpty();
  }

  @Test
  void oneThatWasNeverNotedIsEndedToo() throws IOException {
    VmmProcess bystander = start(other);
    VmmProcess noted = start(run);
    Path note = run.resolve("vmm.pid");
    byte[] before = Files.readAllBytes(note);
    VmmProcess stray = start(run);
    // as if the JVM had been killed before it wrote the note
    Files.write(note, before);
    Files.createFile(run.resolve("vmm.starting"));
    awaitEnvironment(stray);
    VmmProcess.end(run);
    assertThat(noted.isAlive()).isFalse();
    assertThat(stray.isAlive()).isFalse();
    assertThat(bystander.isAlive()).isTrue();
    assertThat(run.resolve("vmm.starting")).doesNotExist();
  }
}
