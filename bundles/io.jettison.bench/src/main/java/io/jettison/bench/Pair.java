package io.jettison.bench;

import io.jettison.lab.Cleanup;
import io.jettison.lab.Host;
import io.jettison.lab.LabException;
import io.jettison.lab.LabHome;
import io.jettison.lab.LabId;
import io.jettison.lab.Waiting;
import io.jettison.lab.Workspace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;

/** A desktop and a server as they ship, on loopback, each on its core. */
final class Pair {
  /** The VM's name. */
  static final String VM = "pc";

  private static final String DESKTOP = "desktop";

  private final Host server;
  private final Host desktop;
  private final String serverConfiguration;
  private final String configuration;

  Pair(
      LabId id,
      LabHome home,
      Workspace workspace,
      Cleanup cleanup,
      String vmSection,
      long memory,
      int serverCore,
      int desktopCore)
      throws LabException {
    String address = "127.0.0.1:" + freePort();
    server = new Host(id, "server", workspace, Child.onCore(serverCore));
    desktop = new Host(id, DESKTOP, workspace, Child.onCore(desktopCore));
    serverConfiguration =
        "[server]\nlisten = "
            + address
            + "\nmemory = "
            + 2 * memory
            + " B\n[memtap]\nprefetch = none\n[residuals]\nsize = 0\n";
    server.install(home.server(), serverConfiguration);
    configuration =
        "[desktop]\nname = desktop\nserver = "
            + address
            + "\n[consolidation.idle]\nidle = 1 h\n"
            + vmSection;
    desktop.install(home.desktop(), configuration);
    server.start(cleanup);
    desktop.start(cleanup);
    Waiting.until(
        "the desktop does not know its VM",
        Duration.ofSeconds(30),
        () -> !desktop.ask("vms").isEmpty());
  }

  /** Has both encrypt TCP from now on; the desktop's VM runs on meanwhile. */
  void useTls() throws LabException {
    String tls = "[transport.tcp]\ntls = on\n";
    configure(server, serverConfiguration + tls, "tls");
    configureDesktop(configuration + tls, "tls");
  }

  /** Has the desktop use QUIC from now on; its VM runs on meanwhile. */
  void useQuic() throws LabException {
    configureDesktop(configuration + "[transport.quic]\nservice.ranking = 10\n", "service.ranking");
  }

  private static void configure(Host host, String to, String key) throws LabException {
    host.configure(to);
    Waiting.until(
        "a host does not take its new configuration",
        Duration.ofSeconds(30),
        () -> host.call("config").out().contains(key));
  }

  private void configureDesktop(String to, String key) throws LabException {
    configure(desktop, to, key);
    for (String move : new String[] {"consolidate", "reintegrate"}) {
      // what uses the transport begins anew, and finds the VM again: before, it cannot be moved
      Waiting.until(
          "the desktop does not find its VM again",
          Duration.ofSeconds(30),
          () -> desktop.call(move, VM).exit() == 0);
    }
  }

  private static int freePort() throws LabException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new LabException("cannot listen on loopback", e);
    }
  }

  Host desktop() {
    return desktop;
  }

  Host server() {
    return server;
  }

  /** A file in the run folder of the VM on the server. */
  Path remote(String name) {
    return server.runFolder(DESKTOP + "~" + VM).resolve(name);
  }
}
