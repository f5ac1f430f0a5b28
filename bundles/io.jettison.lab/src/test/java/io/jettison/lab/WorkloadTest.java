package io.jettison.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The two ways to the workload, over real sockets and with a real client process. */
class WorkloadTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path folder;

  @Test
  void theClientHoldsOneConnectionAndTellsWhenItIsLost() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Cleanup cleanup = new Cleanup()) {
      CompletableFuture<Socket> accepted = accept(listener);
      Client client = Client.start(LabId.own(), List.of(), cleanup);
      client.connect("127.0.0.1", listener.getLocalPort(), LIMIT);
      Socket socket = accepted.join();
      CompletableFuture<Void> guest = serve(socket.getInputStream(), socket.getOutputStream());

      assertThat(client.ask("verify", LIMIT).number("bad")).isZero();
      client.pace(Duration.ofMillis(1));
      Waiting.until("echoes go on", LIMIT, () -> client.health().echoes() > 10);
      assertThat(client.health().alive()).isTrue();
      assertThatThrownBy(() -> client.ask("nonsense", LIMIT)).hasMessageContaining("ERR unknown");

      socket.close();
      guest.join();
      Waiting.until("the loss is seen", LIMIT, () -> !client.health().alive());
      assertThat(client.health().reason()).isNotEmpty();
      assertThatThrownBy(() -> client.ask("verify", LIMIT)).isInstanceOf(LabException.class);
    }
  }

  @Test
  void aSerialConsoleMayShowOtherThingsBetweenAnswers() throws Exception {
    Path path = folder.resolve("serial.sock");
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(path));
      CompletableFuture<Void> guest =
          CompletableFuture.runAsync(
              () -> {
                try (SocketChannel channel = listener.accept()) {
                  OutputStream out = Channels.newOutputStream(channel);
                  out.write("[ 1.0] a driver boasts\r\n".getBytes(StandardCharsets.UTF_8));
                  serve(Channels.newInputStream(channel), out).join();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      Reply reply = new Console(path).ask("verify", LIMIT);
      assertThat(reply.number("pages")).isEqualTo(1024);
      guest.join();
    }
  }

  @Test
  void aConsoleThatIsNotThereIsSaidToBe() {
    Console console = new Console(folder.resolve("none.sock"));
    assertThatThrownBy(() -> console.ask("verify", LIMIT))
        .isInstanceOf(LabException.class)
        .hasMessageContaining("none.sock");
  }

  @Test
  void anAnswerWithoutTheNumberAskedForIsNotTakenForZero() {
    Reply reply = Reply.parse("OK pages=12 bad=none\r").orElseThrow();
    assertThat(reply.ok()).isTrue();
    assertThatThrownBy(() -> reply.number("bad")).hasMessageContaining("bad is missing");
    assertThat(Reply.parse("OKAY")).isEmpty();
    assertThat(Reply.parse("ERR no such command").orElseThrow().ok()).isFalse();
  }

  private static CompletableFuture<Socket> accept(ServerSocket listener) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return listener.accept();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  /** A workload of 1024 good pages, until the other end hangs up. */
  private static CompletableFuture<Void> serve(InputStream from, OutputStream to) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            BufferedReader lines =
                new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
              to.write((answer(line) + "\r\n").getBytes(StandardCharsets.UTF_8));
            }
          } catch (IOException e) {
            // the test hung up
            assertThat(e).hasMessageMatching("(?i).*(closed|reset|pipe).*");
          }
        });
  }

  private static String answer(String line) {
    if (line.startsWith("echo ")) {
      return "OK " + line.substring("echo ".length());
    }
    return line.equals("verify") ? "OK pages=1024 bad=0" : "ERR unknown command";
  }
}
