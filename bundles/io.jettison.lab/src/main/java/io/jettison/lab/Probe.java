package io.jettison.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The client outside: holds one TCP connection to the VM for as long as it lives and never opens
 * another. Between commands it sends an echo at a steady pace and notes the longest wait.
 *
 * <p>Takes lines on standard input and answers each with one line: {@code connect HOST PORT},
 * {@code pace MILLIS}, {@code ask COMMAND} (the workload's answer), {@code state} ({@code OK
 * alive=.. echoes=.. gap_ms=.. reason=..}; starts a new gap). Ends with standard input.
 */
final class Probe {
  private static final int CONNECT_MILLIS = 2_000;
  private static final Duration ANSWER_LIMIT = Duration.ofMinutes(2);
  private static final String END = "\0end";

  private final BlockingQueue<String> commands = new LinkedBlockingQueue<>();
  private @Nullable Connection connection;
  private String broken = "";
  private long paceMillis = 500;
  private long echoes;
  private long longestNanos;

  private Probe() {}

  public static void main(String[] arguments) throws InterruptedException {
    Probe probe = new Probe();
    Thread reader = new Thread(probe::readCommands, "commands");
    reader.setDaemon(true);
    reader.start();
    probe.serve();
  }

  private void readCommands() {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        commands.add(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      commands.add(END);
    }
  }

  private void serve() throws InterruptedException {
    while (true) {
      String command = commands.poll(paceMillis, TimeUnit.MILLISECONDS);
      if (command == null) {
        echo();
      } else if (command.equals(END)) {
        return;
      } else {
        System.out.println(answer(command));
      }
    }
  }

  private String answer(String command) {
    String[] words = command.split(" ", 2);
    String argument = words.length > 1 ? words[1] : "";
    return switch (words[0]) {
      case "connect" -> connect(argument);
      case "ask" -> exchange(argument);
      case "pace" -> {
        paceMillis = Long.parseLong(argument);
        yield "OK";
      }
      case "state" -> state();
      default -> "ERR unknown command '" + command + "'";
    };
  }

  private String connect(String hostAndPort) {
    String[] words = hostAndPort.split(" ", 2);
    try {
      connection = new Connection(words[0], Integer.parseInt(words[1]));
      return "OK";
    } catch (IOException e) {
      return "ERR " + e.getMessage();
    }
  }

  private String state() {
    boolean alive = connection != null && broken.isEmpty();
    String state =
        "OK alive=%s echoes=%d gap_ms=%d reason=%s"
            .formatted(
                alive, echoes, Duration.ofNanos(longestNanos).toMillis(), broken.replace(' ', '_'));
    longestNanos = 0;
    return state;
  }

  private void echo() {
    if (connection == null || !broken.isEmpty()) {
      return;
    }
    String token = "t" + ++echoes;
    long began = System.nanoTime();
    String answer = exchange("echo " + token);
    longestNanos = Math.max(longestNanos, System.nanoTime() - began);
    if (broken.isEmpty() && !answer.endsWith(token)) {
      broken = "echo of " + token + " came back as " + answer;
    }
  }

  private String exchange(String line) {
    Connection open = connection;
    if (open == null || !broken.isEmpty()) {
      return "ERR no connection " + broken;
    }
    try {
      return open.exchange(line);
    } catch (IOException e) {
      broken = String.valueOf(e.getMessage());
      return "ERR connection lost: " + broken;
    }
  }

  private static final class Connection {
    private final BufferedReader in;
    private final OutputStream out;

    /** Opens it; the end of this process closes it. */
    Connection(String host, int port) throws IOException {
      Socket socket = new Socket();
      socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) ANSWER_LIMIT.toMillis());
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      out = socket.getOutputStream();
    }

    String exchange(String line) throws IOException {
      out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
      String answer = in.readLine();
      if (answer == null) {
        throw new IOException("closed by the VM");
      }
      return answer;
    }
  }
}
