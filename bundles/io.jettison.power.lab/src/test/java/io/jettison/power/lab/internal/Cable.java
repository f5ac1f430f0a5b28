package io.jettison.power.lab.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * A PC and a server, network namespaces with a cable between them: 10.78.1.1 on {@code uplink} and
 * 10.78.1.2 on {@code lan}.
 */
final class Cable {
  private static final class Linux {
    static {
      Native.register(Linux.class, "c");
    }

    private Linux() {}

    static native int open(String path, int flags);

    static native int setns(int fd, int kind);

    static native int socket(int domain, int type, int protocol);

    static native long sendto(
        int fd, byte[] frame, long length, int flags, byte[] address, int addressLength);

    static native int if_nametoindex(String name);

    static native int close(int fd);
  }

  private static final int CLONE_NEWNET = 0x40000000;
  private static final int SECONDS = 60;

  private final String prefix = "jettison-pc-" + ProcessHandle.current().pid() + "-";

  Cable() throws Exception {
    try {
      run("ip netns add " + prefix + "server");
      run("ip netns add " + prefix + "pc");
      ip(
          "server",
          "link add lan address 02:4a:45:54:00:02 type veth peer name uplink address"
              + " 02:4a:45:54:00:01 netns "
              + prefix
              + "pc");
      ip("server", "addr add 10.78.1.2/24 broadcast + dev lan");
      ip("pc", "addr add 10.78.1.1/24 broadcast + dev uplink");
      ip("server", "link set lan up");
      ip("pc", "link set uplink up");
      ip("pc", "link set lo up");
      // the PC does not answer ARP while it sleeps, and a test of TCP is not about that
      ip("server", "neigh replace 10.78.1.1 lladdr 02:4a:45:54:00:01 dev lan nud permanent");
    } catch (Exception | Error e) {
      close();
      throw e;
    }
  }

  private void ip(String host, String command) throws Exception {
    run("ip -n " + prefix + host + " " + command);
  }

  List<String> onPc() {
    return List.of("ip", "netns", "exec", prefix + "pc");
  }

  /** Runs a task in a thread that lives in the server's namespace; so do the sockets it opens. */
  <T> T onServer(Callable<T> task) throws Exception {
    FutureTask<T> inside =
        new FutureTask<>(
            () -> {
              int fd = Linux.open("/run/netns/" + prefix + "server", 0);
              assertThat(fd).isNotNegative();
              assertThat(Linux.setns(fd, CLONE_NEWNET)).isZero();
              Linux.close(fd);
              return task.call();
            });
    new Thread(inside, "on the server").start();
    return inside.get(SECONDS, TimeUnit.SECONDS);
  }

  /** Sends a frame of type 0x0842 to everybody; on the server. */
  static void sendFrame(byte[] payload) {
    int fd = Linux.socket(17, 2, 0); // the kernel writes the header
    assertThat(fd).isNotNegative();
    byte[] address = new byte[20]; // sockaddr_ll
    address[0] = 17;
    address[2] = 0x08;
    address[3] = 0x42;
    address[4] = (byte) Linux.if_nametoindex("lan");
    address[11] = 6;
    java.util.Arrays.fill(address, 12, 18, (byte) 0xff);
    assertThat(Linux.sendto(fd, payload, payload.length, 0, address, address.length))
        .isEqualTo(payload.length);
    Linux.close(fd);
  }

  /** What `ss` says of the server's connections. */
  String connections() throws Exception {
    return run("ip netns exec " + prefix + "server ss -Htin");
  }

  static String run(String command) throws Exception {
    Process process = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
    return output;
  }

  void close() throws Exception {
    for (String host : new String[] {"server", "pc"}) {
      new ProcessBuilder("ip", "netns", "delete", prefix + host).start().waitFor();
    }
  }
}
