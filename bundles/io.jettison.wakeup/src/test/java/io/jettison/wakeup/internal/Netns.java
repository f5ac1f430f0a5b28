package io.jettison.wakeup.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Two network namespaces with a cable between them. */
final class Netns {
  private static final class Linux {
    static {
      Native.register(Linux.class, "c");
    }

    private Linux() {}

    static native int open(String path, int flags);

    static native int setns(int fd, int kind);

    static native int close(int fd);
  }

  private static final int CLONE_NEWNET = 0x40000000;

  private final String prefix = "jettison-wake-" + ProcessHandle.current().pid() + "-";

  Netns() throws Exception {
    try {
      tool("ip netns add " + prefix + "server");
      tool("ip netns add " + prefix + "pc");
      server(
          "link add lan address 02:4a:45:54:00:02 type veth peer name lan address"
              + " 02:4a:45:54:00:01 netns "
              + prefix
              + "pc");
      server("addr add 10.78.0.2/24 broadcast + dev lan");
      pc("addr add 10.78.0.1/24 broadcast + dev lan");
      for (String card : new String[] {"lo", "lan"}) {
        server("link set " + card + " up");
        pc("link set " + card + " up");
      }
    } catch (Exception | Error e) {
      close();
      throw e;
    }
  }

  void server(String command) throws Exception {
    tool("ip -n " + prefix + "server " + command);
  }

  void pc(String command) throws Exception {
    tool("ip -n " + prefix + "pc " + command);
  }

  <T> T onServer(Callable<T> task) throws Exception {
    return in("server", task);
  }

  <T> T onPc(Callable<T> task) throws Exception {
    return in("pc", task);
  }

  /** Runs a task in a thread that lives in a namespace; so do the sockets it opens. */
  private <T> T in(String host, Callable<T> task) throws Exception {
    FutureTask<T> inside =
        new FutureTask<>(
            () -> {
              int fd = Linux.open("/run/netns/" + prefix + host, 0);
              assertThat(fd).isNotNegative();
              assertThat(Linux.setns(fd, CLONE_NEWNET)).isZero();
              Linux.close(fd);
              return task.call();
            });
    new Thread(inside, "in " + host).start();
    return inside.get(30, TimeUnit.SECONDS);
  }

  private static void tool(String command) throws Exception {
    Process process = new ProcessBuilder(command.split(" ", -1)).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
  }

  void close() throws Exception {
    for (String host : new String[] {"server", "pc"}) {
      new ProcessBuilder("ip", "netns", "delete", prefix + host).start().waitFor();
    }
  }
}
