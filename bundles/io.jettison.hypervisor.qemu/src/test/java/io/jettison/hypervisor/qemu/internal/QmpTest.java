package io.jettison.hypervisor.qemu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is heard of a move's end when a QEMU that is busy saving answers somebody too late. */
class QmpTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration GLANCE = Duration.ofMillis(50);
  private static final String UNANSWERED = "query-status";
  private static final String COMPLETED =
      "{\"event\": \"MIGRATION\", \"data\": {\"status\": \"completed\"}}\n";

  @TempDir Path folder;
  private ServerSocketChannel listener;
  private Thread thread;
  private Qmp qmp;

  /** Said ahead of the next answers. */
  private volatile String events = "";

  @BeforeEach
  void begin() throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("qmp.sock"));
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
    thread = new Thread(this::serve);
    thread.start();
    qmp = new Qmp(address.getPath());
  }

  @AfterEach
  void end() throws Exception {
    qmp.close();
    listener.close();
    thread.join();
  }

  private void serve() {
    while (listener.isOpen()) {
      try (SocketChannel client = listener.accept();
          BufferedReader in =
              new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8));
          Writer out = Channels.newWriter(client, StandardCharsets.UTF_8)) {
        out.write("{\"QMP\": {}}\n");
        out.flush();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          JsonNode request = JSON.readTree(line);
          out.write(events);
          if (!request.path("execute").asText().equals(UNANSWERED)) {
            out.write("{\"return\": {}, \"id\": " + request.path("id") + "}\n");
          }
          out.flush();
        }
      } catch (IOException e) {
        // the client is gone, or the test over
      }
    }
  }

  private void move() {
    qmp.move("migrate", Map.of("uri", "unix:x"), PATIENCE).orThrow();
  }

  @Test
  void anEndThatMayHaveBeenSaidWithoutAConnectionIsNotWaitedFor() {
    move();
    assertThat(qmp.execute(UNANSWERED, GLANCE).isDone()).isFalse();
    qmp.execute("query-version", PATIENCE).orThrow(); // by a connection of its own
    assertThat(qmp.moved(Duration.ofSeconds(2)))
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> assertThat(refused.reason()).contains("while there was no connection"));
    events = COMPLETED;
    move();
    assertThat(qmp.moved(PATIENCE)).isEqualTo(Outcome.done("completed"));
  }

  @Test
  void anEndThatWasHeardBeforeItsConnectionWasLostIsKnown() {
    events = COMPLETED;
    move();
    assertThat(qmp.execute(UNANSWERED, GLANCE).isDone()).isFalse();
    events = "";
    qmp.execute("query-version", PATIENCE).orThrow();
    assertThat(qmp.moved(PATIENCE)).isEqualTo(Outcome.done("completed"));
  }
}
