package io.jettison.lab;

import java.util.List;
import java.util.Optional;

/** How the hosts of a lab reach each other, and how a client reaches the VM. */
public interface Network {
  /**
   * The VM's place in the network.
   *
   * @param address its address, which it keeps on its way
   * @param prefix length of the network's prefix
   * @param mac its hardware address
   * @param bridge the bridge it is attached to, of the same name on both hosts
   */
  record Guest(String address, int prefix, String mac, String bridge) {}

  /** What to put before a command that shall run on the desktop. */
  List<String> onDesktop();

  /** What to put before a command that shall run on the server. */
  List<String> onServer();

  /** What to put before a command that shall run on a third machine. */
  List<String> onClient();

  /** Where the server listens, as {@code HOST:PORT}. */
  String serverAddress();

  /**
   * The hardware address that wakes the desktop, in the usual notation; empty if its cable cannot
   * be cut, and so it cannot sleep.
   */
  Optional<String> desktopHardware();

  /** The VM's place; empty if this network has none for it. */
  Optional<Guest> guest();

  /** One word for the report. */
  String word();
}
