package io.jettison.power.lab.internal;

import io.jettison.api.Outcome;
import io.jettison.wire.wake.WakePacketCodec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The program of the PC that a test puts to sleep: echoes what comes on TCP port 7, and obeys what
 * it is told on its standard input, which is not its network.
 *
 * <pre>
 *   test: sleep AT-MOST           milliseconds
 *   PC:   asked REASON CONTEXT    at each wake; CONTEXT in hexadecimal digits, or -
 *   test: again | resume
 *   PC:   woke REASON | refused WHY
 * </pre>
 */
final class TestPc {
  private TestPc() {}

  public static void main(String[] words) throws IOException {
    Path folder = Path.of(words[0]);
    long suspend = Long.parseLong(words[1]);
    long selective = Long.parseLong(words[2]);
    long full = Long.parseLong(words[3]);
    Timing timing =
        new Timing(
            Duration.ofMillis(suspend),
            Duration.ofMillis(suspend),
            Duration.ofMillis(selective),
            Duration.ofMillis(full),
            1);
    LabController controller =
        new LabController(
            () -> Outcome.done(timing), folder, "uplink", "", folder.resolve("power.key"));
    new Thread(TestPc::echo, "echo").start();
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ready " + controller.check());
    String line;
    while ((line = orders.readLine()) != null) {
      Duration atMost = Duration.ofMillis(Long.parseLong(line.split(" ", -1)[1]));
      Outcome<?> outcome =
          controller.sleep(
              atMost,
              (reason, packet) -> {
                String context =
                    packet
                        .flatMap(WakePacketCodec::find)
                        .filter(found -> found.context().isPresent())
                        .map(found -> Long.toHexString(found.context().getAsLong()))
                        .orElse("-");
                System.out.println("asked " + reason + " " + context);
                try {
                  return "again".equals(orders.readLine());
                } catch (IOException e) {
                  return false;
                }
              });
      System.out.println(
          outcome instanceof Outcome.Done<?> done
              ? "woke " + done.value()
              : "refused " + ((Outcome.Refused<?>) outcome).oneLine());
    }
    System.exit(0);
  }

  private static void echo() {
    try (ServerSocket server = new ServerSocket(7)) {
      while (true) {
        try (Socket socket = server.accept()) {
          socket.getInputStream().transferTo(socket.getOutputStream());
        }
      }
    } catch (IOException e) {
      System.out.println("echo: " + e);
    }
  }
}
