package io.jettison.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The lab's end of the {@link Probe}, which runs as a process where the client is. */
final class Client implements Workload {
  private static final Duration LIMIT = Duration.ofSeconds(150);

  /**
   * The connection since the last look.
   *
   * @param alive whether it is still the first one and every echo came back
   * @param echoes how many came back since it was opened
   * @param longestGapMillis longest wait for an echo
   * @param reason what broke it
   */
  record Health(boolean alive, long echoes, long longestGapMillis, String reason) {}

  private final Process process;
  private final BufferedReader answers;
  private final OutputStream commands;

  private Client(Process process) {
    this.process = process;
    this.answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.commands = process.getOutputStream();
  }

  /**
   * Starts a probe that is not connected.
   *
   * @param prefix what to put before its command line
   */
  static Client start(LabId id, List<String> prefix, Cleanup cleanup) throws LabException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of("setsid", Path.of(System.getProperty("java.home"), "bin/java").toString()));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx32m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Probe.class.getName()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(Map.of(LabId.VARIABLE, id.toString()));
    try {
      Process process = builder.start();
      cleanup.add(process::destroy);
      return new Client(process);
    } catch (IOException e) {
      throw new LabException("cannot start the client", e);
    }
  }

  /** Opens the one connection, as soon as the VM takes it. */
  void connect(String address, int port, Duration limit) throws LabException {
    Waiting.until(
        "the guest does not answer on " + address + ":" + port,
        limit,
        () -> exchange("connect " + address + " " + port, LIMIT).equals("OK"));
  }

  /** Sets the time between echoes. */
  void pace(Duration pace) throws LabException {
    exchange("pace " + pace.toMillis(), LIMIT);
  }

  /** Looks at the connection. */
  Health health() throws LabException {
    Reply reply =
        Reply.parse(exchange("state", LIMIT))
            .orElseThrow(() -> new LabException("the client answers nonsense"));
    return new Health(
        "true".equals(reply.values().get("alive")),
        reply.number("echoes"),
        reply.number("gap_ms"),
        reply.values().getOrDefault("reason", "").replace('_', ' '));
  }

  @Override
  public Reply ask(String command, Duration limit) throws LabException {
    String line = exchange("ask " + command, limit);
    Reply reply =
        Reply.parse(line)
            .orElseThrow(
                () ->
                    new LabException(
                        "the workload answered '" + command + "' with '" + line + "'"));
    return Console.checked(reply, command);
  }

  private String exchange(String command, Duration limit) throws LabException {
    try {
      commands.write((command + "\n").getBytes(StandardCharsets.UTF_8));
      commands.flush();
      return line().get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      process.destroy();
      throw new LabException("the client has no answer to '" + command + "'");
    } catch (IOException | ExecutionException e) {
      throw new LabException("the client ended at '" + command + "'", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted", e);
    }
  }

  private CompletableFuture<String> line() {
    CompletableFuture<String> line = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                String text = answers.readLine();
                line.complete(text == null ? "ERR the client ended" : text);
              } catch (IOException e) {
                line.completeExceptionally(e);
              }
            },
            "client-answer");
    reader.setDaemon(true);
    reader.start();
    return line;
  }
}
