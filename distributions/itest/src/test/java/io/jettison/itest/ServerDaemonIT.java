package io.jettison.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The server as it ships: its own script, its own folder, a real process. */
class ServerDaemonIT {
  private static final long DEADLINE_SECONDS = 60;

  @Test
  void listensUntilItIsTerminated() throws Exception {
    Path home = Path.of(System.getProperty("jettison.distributions"), "server/target/server");
    Path work = Files.createTempDirectory(Path.of(System.getProperty("jettison.work")), "server");
    int port = freePort();
    Path conf = work.resolve("jettison.conf");
    Files.writeString(conf, "[server]\nlisten = 127.0.0.1:" + port + "\n");
    Path output = work.resolve("output");
    Process daemon =
        new ProcessBuilder(
                home.resolve("bin/jettisond").toString(),
                "--state",
                work.resolve("state").toString(),
                "--run",
                work.resolve("run").toString(),
                "--memory",
                work.resolve("memory").toString(),
                "--conf",
                conf.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
      while (!accepts(port) && daemon.isAlive() && System.nanoTime() - end < 0) {
        daemon.waitFor(50, TimeUnit.MILLISECONDS);
      }
      assertThat(accepts(port)).as("listens; it said: %s", Files.readString(output)).isTrue();

      daemon.destroy();

      assertThat(daemon.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)).as("ends").isTrue();
      assertThat(accepts(port)).as("still listens").isFalse();
    } finally {
      daemon.destroyForcibly();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }
}
