package io.jettison.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Desktop, server and a client as network namespaces, cabled to a bridge in a fourth. Each cable
 * carries 1 Gb/s each way.
 *
 * <pre>
 *   desktop: jbr0 (10.77.0.1, VM) ── uplink ══ desktop ┐
 *   server:  jbr0 (10.77.0.2, VM) ── uplink ══ server  ├ switch: bridge
 *   client:          (10.77.0.3)     uplink ══ client  ┘
 * </pre>
 *
 * The VM keeps address 10.77.0.10 wherever it runs. Addresses need not be unique on the machine:
 * namespaces share nothing.
 */
public final class Namespaces implements Network {
  private static final Guest GUEST = new Guest("10.77.0.10", 24, "02:4a:45:54:00:10", "jbr0");
  private static final String DESKTOP_HARDWARE = "02:4a:45:54:00:01";
  private static final Path REGISTRY = Path.of("/run/netns");

  private final String prefix;

  private Namespaces(LabId id) {
    this.prefix = id + "-";
  }

  /**
   * Makes namespaces, bridge and cables.
   *
   * @param cleanup learns how to remove them
   * @throws LabException if this user or this kernel cannot; what was created is removed again
   */
  public static Namespaces create(LabId id, Cleanup cleanup) throws LabException {
    Namespaces network = new Namespaces(id);
    cleanup.add(() -> remove(id));
    try {
      network.plug();
    } catch (LabException e) {
      remove(id);
      throw e;
    }
    return network;
  }

  /** Removes the namespaces of a lab, if there are any. Their interfaces go with them. */
  static void remove(LabId id) throws LabException {
    for (String name : names()) {
      if (LabId.in(name).filter(id::equals).isPresent()) {
        Ran.tool("ip", "netns", "delete", name);
      }
    }
  }

  /** Names of all namespaces on this machine. */
  static List<String> names() throws LabException {
    if (!Files.isDirectory(REGISTRY)) {
      return List.of();
    }
    try {
      return Folders.list(REGISTRY).stream().map(path -> path.getFileName().toString()).toList();
    } catch (IOException e) {
      throw new LabException("cannot list " + REGISTRY, e);
    }
  }

  private void plug() throws LabException {
    addNamespace("switch");
    ip("switch", "link add bridge type bridge");
    ip("switch", "link set bridge up");
    addHost("desktop", "10.77.0.1/24", DESKTOP_HARDWARE);
    addHost("server", "10.77.0.2/24", "02:4a:45:54:00:02");
    addNamespace("client");
    cable("client");
    ip("client", "addr add 10.77.0.3/24 dev uplink");
  }

  private void addHost(String host, String address, String mac) throws LabException {
    addNamespace(host);
    cable(host);
    // a bridge without an address of its own takes the lowest of its ports', which changes when a
    // VM's tap joins: connections between the hosts would stall until ARP learns
    ip(host, "link add " + GUEST.bridge() + " address " + mac + " type bridge");
    ip(host, "link set uplink master " + GUEST.bridge());
    ip(host, "addr add " + address + " dev " + GUEST.bridge());
    ip(host, "link set " + GUEST.bridge() + " up");
  }

  private void addNamespace(String role) throws LabException {
    Ran.tool("ip", "netns", "add", prefix + role);
    ip(role, "link set lo up");
  }

  private void cable(String role) throws LabException {
    ip(role, "link add uplink type veth peer name " + role + " netns " + prefix + "switch");
    ip("switch", "link set " + role + " master bridge");
    for (String[] end : new String[][] {{role, "uplink"}, {"switch", role}}) {
      ip(end[0], "link set " + end[1] + " up");
      Ran.tool(
          ("tc -n " + prefix + end[0] + " qdisc add dev " + end[1])
              .concat(" root tbf rate 1gbit burst 128kb latency 20ms")
              .split(" ", -1));
    }
  }

  private void ip(String role, String command) throws LabException {
    Ran.tool(("ip -n " + prefix + role + " " + command).split(" ", -1));
  }

  private List<String> in(String role) {
    return List.of("ip", "netns", "exec", prefix + role);
  }

  @Override
  public List<String> onDesktop() {
    return in("desktop");
  }

  @Override
  public List<String> onServer() {
    return in("server");
  }

  @Override
  public List<String> onClient() {
    return in("client");
  }

  @Override
  public String serverAddress() {
    return "10.77.0.2:7700";
  }

  @Override
  public Optional<String> desktopHardware() {
    return Optional.of(DESKTOP_HARDWARE);
  }

  @Override
  public Optional<Guest> guest() {
    return Optional.of(GUEST);
  }

  @Override
  public String word() {
    return "namespaces, 1 Gb/s";
  }
}
