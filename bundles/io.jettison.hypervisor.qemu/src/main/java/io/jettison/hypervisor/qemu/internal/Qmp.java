package io.jettison.hypervisor.qemu.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jettison.api.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client of the QEMU Machine Protocol (QEMU's {@code docs/interop/qmp-spec.txt}). Connects when
 * it is first asked something and again after a failure, so that a QEMU whose main loop waits for a
 * page is found before it can answer. Thread-safe; commands are carried out one after the other.
 */
final class Qmp implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** How a move may end. */
  private static final Set<String> ENDS = Set.of("completed", "failed", "cancelled");

  private final Path socket;
  private final ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private @Nullable SocketChannel channel;
  private @Nullable Selector selector;
  private long lastId;
  private OptionalLong stoppedNanos = OptionalLong.empty();
  private OptionalLong resumedNanos = OptionalLong.empty();
  private String migration = "";

  /** A connection was closed since the last move began: an event may have met none. */
  private boolean unheard;

  Qmp(Path socket) {
    this.socket = socket;
    bytes.limit(0);
  }

  /** Carries out a command without arguments. */
  Outcome<JsonNode> execute(String command, Duration patience) {
    return execute(command, Map.of(), patience);
  }

  /**
   * Carries out a command; refused with QEMU's words, or if it does not answer in time. A command
   * that was not answered in time may still be carried out.
   */
  synchronized Outcome<JsonNode> execute(
      String command, Map<String, ?> arguments, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    try {
      if (channel == null) {
        connect(deadline);
      }
      return exchange(command, arguments, deadline);
    } catch (IOException e) {
      close();
      return Outcome.refused(
          "QEMU does not answer " + command + ": " + e.getMessage(),
          "see whether its process lives and what its log says");
    }
  }

  /** Gives a command without waiting for what becomes of it. */
  synchronized void tell(String command, Map<String, ?> arguments) {
    try {
      request(command, arguments);
    } catch (IOException e) {
      close(); // the next command connects anew
    }
  }

  /** Begins a move by a command, and forgets what became of earlier ones. */
  synchronized Outcome<JsonNode> move(String command, Map<String, ?> arguments, Duration patience) {
    migration = "";
    unheard = false;
    stoppedNanos = OptionalLong.empty();
    resumedNanos = OptionalLong.empty();
    return execute(command, arguments, patience);
  }

  /**
   * Waits for the end of a move: QEMU says it by itself, if it was asked for such events.
   *
   * @return how it ended: completed, failed or cancelled; refused at once if it may have said so
   *     while there was no connection
   */
  synchronized Outcome<String> moved(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    try {
      while (!ENDS.contains(migration)) {
        if (unheard) {
          return Outcome.refused(
              "QEMU may have said how its move ended while there was no connection",
              "ask it how the move goes");
        }
        hear(receive(deadline));
      }
      return Outcome.done(migration);
    } catch (IOException e) {
      close();
      return Outcome.refused(
          "QEMU does not say how its move ended: " + e.getMessage(),
          "see whether its process lives and what its log says");
    }
  }

  /**
   * When QEMU stopped the vCPUs in the last move, {@link System#nanoTime()}, as far as was heard
   * along with answers.
   */
  synchronized OptionalLong stoppedNanos() {
    return stoppedNanos;
  }

  /** When it let them go on after that, as far as was heard along with answers. */
  synchronized OptionalLong resumedNanos() {
    return resumedNanos;
  }

  private void hear(JsonNode message) {
    switch (message.path("event").asText()) {
      case "STOP" -> stoppedNanos = OptionalLong.of(nanosOf(message.path("timestamp")));
      case "RESUME" -> resumedNanos = OptionalLong.of(nanosOf(message.path("timestamp")));
      case "MIGRATION" -> migration = message.path("data").path("status").asText();
      default -> {
        // of no interest
      }
    }
  }

  private void connect(long deadline) throws IOException {
    SocketChannel opened = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      opened.connect(UnixDomainSocketAddress.of(socket));
      opened.configureBlocking(false);
      selector = Selector.open();
      opened.register(selector, SelectionKey.OP_READ);
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    channel = opened;
    bytes.clear().limit(0);
    line.reset();
    receive(deadline); // the greeting
    if (exchange("qmp_capabilities", Map.of(), deadline) instanceof Outcome.Refused<?> refused) {
      throw new IOException(refused.reason());
    }
  }

  private long request(String command, Map<String, ?> arguments) throws IOException {
    long id = ++lastId;
    ObjectNode request = JSON.createObjectNode().put("execute", command).put("id", id);
    if (!arguments.isEmpty()) {
      request.set("arguments", JSON.valueToTree(arguments));
    }
    send(JSON.writeValueAsString(request) + "\n");
    return id;
  }

  private Outcome<JsonNode> exchange(String command, Map<String, ?> arguments, long deadline)
      throws IOException {
    long id = request(command, arguments);
    for (; ; ) {
      JsonNode message = receive(deadline);
      hear(message);
      if (message.path("id").asLong() == id) { // else an event, or an answer that came too late
        JsonNode error = message.get("error");
        return error == null
            ? Outcome.done(message.path("return"))
            : Outcome.refused(
                "QEMU refuses " + command + ": " + error.path("desc").asText(),
                "mend what it says and try again");
      }
    }
  }

  /** What {@link System#nanoTime()} was at a time of the system's clock. */
  private static long nanosOf(JsonNode timestamp) {
    Instant then =
        Instant.ofEpochSecond(
            timestamp.path("seconds").asLong(), 1000 * timestamp.path("microseconds").asLong());
    return System.nanoTime() - Duration.between(then, Instant.now()).toNanos();
  }

  private void send(String text) throws IOException {
    ByteBuffer out = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (out.hasRemaining()) {
      if (open(channel).write(out) == 0) {
        throw new IOException("it does not read its commands");
      }
    }
  }

  private JsonNode receive(long deadline) throws IOException {
    for (; ; ) {
      while (bytes.hasRemaining()) {
        byte next = bytes.get();
        if (next == '\n') {
          String text = line.toString(StandardCharsets.UTF_8);
          line.reset();
          try {
            return JSON.readTree(text);
          } catch (JsonProcessingException e) {
            throw new IOException("it sent what is not JSON: " + text, e);
          }
        }
        line.write(next);
      }
      fill(deadline);
    }
  }

  private void fill(long deadline) throws IOException {
    bytes.clear();
    int length = open(channel).read(bytes);
    if (length == 0) {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        throw new IOException("it took too long");
      }
      open(selector).select(millis);
      open(selector).selectedKeys().clear();
    } else if (length < 0) {
      throw new IOException("it hung up");
    }
    bytes.flip();
  }

  private static <T> T open(@Nullable T part) throws IOException {
    if (part == null) {
      throw new IOException("the connection is closed");
    }
    return part;
  }

  @Override
  public synchronized void close() {
    try {
      if (channel != null) {
        channel.close();
      }
      if (selector != null) {
        selector.close();
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot close a socket", e);
    }
    channel = null;
    selector = null;
    unheard = true;
  }
}
