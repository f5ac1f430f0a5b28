package io.jettison.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jettison.lab.LabException;
import io.jettison.lab.Waiting;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The monitor (QMP) of a QEMU we measure ourselves against. */
final class Monitor {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final double MICROS = 1e6;

  private final SocketChannel channel;
  private final BufferedReader in;

  /** When each kind of event came last, in seconds since 1970 by QEMU's clock. */
  private final Map<String, Double> events = new HashMap<>();

  private Monitor(SocketChannel channel) {
    this.channel = channel;
    this.in =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
  }

  /** Connects, as soon as the socket is there. */
  static Monitor connect(Path socket) throws LabException {
    Waiting.until(
        "QEMU has no monitor at " + socket, Duration.ofSeconds(20), () -> Files.exists(socket));
    try {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.connect(UnixDomainSocketAddress.of(socket));
      Monitor monitor = new Monitor(channel);
      monitor.read();
      monitor.execute("qmp_capabilities");
      return monitor;
    } catch (IOException e) {
      throw new LabException("cannot talk to QEMU by " + socket, e);
    }
  }

  private JsonNode read() throws LabException {
    try {
      String line = in.readLine();
      if (line == null) {
        throw new LabException("QEMU has ended");
      }
      return MAPPER.readTree(line);
    } catch (IOException e) {
      throw new LabException("QEMU cannot be read", e);
    }
  }

  JsonNode execute(String command) throws LabException {
    return execute(command, MAPPER.createObjectNode());
  }

  JsonNode execute(String command, ObjectNode arguments) throws LabException {
    ObjectNode request = MAPPER.createObjectNode();
    request.put("execute", command).set("arguments", arguments);
    try {
      channel.write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new LabException("QEMU takes no commands", e);
    }
    while (true) {
      JsonNode answer = read();
      if (answer.has("event")) {
        JsonNode when = answer.path("timestamp");
        events.put(
            answer.path("event").asText(),
            when.path("seconds").asDouble() + when.path("microseconds").asDouble() / MICROS);
      } else if (answer.has("error")) {
        throw new LabException(
            "QEMU refused " + command + ": " + answer.path("error").path("desc").asText());
      } else if (answer.has("return")) {
        return answer.path("return");
      }
    }
  }

  /** Arguments of a command. */
  static ObjectNode arguments() {
    return MAPPER.createObjectNode();
  }

  /** When an event came last; null if it did not. Only what came before the last answer. */
  @Nullable Double event(String name) {
    return events.get(name);
  }
}
