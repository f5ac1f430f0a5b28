package io.jettison.shell.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.shell.client.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShellSocketTest {
  @TempDir Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private static final CompletableFuture<Void> READY = CompletableFuture.completedFuture(null);

  private int ask(Path socket, String... words) {
    return Main.ask(
        socket,
        List.of(words),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private static int echo(Path folder, String[] words, PrintStream out, PrintStream err) {
    assertThat(folder).isEqualTo(Path.of("").toAbsolutePath());
    out.println(String.join("|", words));
    err.println("warned");
    return words.length;
  }

  @Test
  void carriesWordsBothStreamsAndTheStatus() throws IOException {
    Path path = folder.resolve("sock");
    ShellSocket socket = new ShellSocket(path, ShellSocketTest::echo, READY);
    assertThat(ask(path, "vms", "a b", "$x; `y` 'z' \u00e4")).isEqualTo(3);
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("vms|a b|$x; `y` 'z' \u00e4\n");
    assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("warned\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
    socket.close();
    assertThat(path).doesNotExist();
  }

  @Test
  void commandsWaitUntilItIsReady() throws IOException {
    Path path = folder.resolve("sock");
    CompletableFuture<Void> ready = new CompletableFuture<>();
    ShellSocket socket =
        new ShellSocket(path, (where, words, to, complaints) -> ready.isDone() ? 7 : 1, ready);
    ready.completeOnTimeout(null, 200, TimeUnit.MILLISECONDS);
    assertThat(ask(path, "vms")).isEqualTo(7);
    socket.close();
  }

  @Test
  void tellsHowToStartADaemonThatIsNotThere() {
    assertThat(ask(folder.resolve("none"), "vms")).isEqualTo(Main.NO_DAEMON);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("start it with bin/jettisond");
  }

  @Test
  void takesOverADeadSocketButNotALivingOne() throws IOException {
    Path path = folder.resolve("sock");
    Files.createFile(path);
    ShellSocket socket = new ShellSocket(path, ShellSocketTest::echo, READY);
    assertThatThrownBy(() -> new ShellSocket(path, ShellSocketTest::echo, READY))
        .hasMessageContaining("another jettisond");
    assertThat(ask(path, "still")).isEqualTo(1);
    socket.close();
  }

  @Test
  void tellsADaemonThatEndedFromNone() throws Exception {
    Path path = folder.resolve("sock");
    try (ServerSocketChannel daemon = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      daemon.bind(UnixDomainSocketAddress.of(path));
      Thread dies =
          new Thread(
              () -> {
                try {
                  daemon.accept().close();
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      dies.start();
      assertThat(ask(path, "vms")).isEqualTo(Main.NO_DAEMON);
      dies.join();
    }
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("ended before it answered");
  }
}
