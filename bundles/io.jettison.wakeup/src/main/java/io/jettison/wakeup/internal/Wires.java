package io.jettison.wakeup.internal;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The networks this host is attached to, as they are now. */
final class Wires {
  /** An interface's IPv4 address. */
  record Wire(NetworkInterface card, InterfaceAddress network) {
    InetAddress own() {
      return network.getAddress();
    }

    /** Whether an address belongs to the network of this interface. */
    boolean reaches(InetAddress address) {
      int unfixed = Integer.SIZE - network.getNetworkPrefixLength();
      return address instanceof Inet4Address
          && (unfixed >= Integer.SIZE || (bits(address) ^ bits(own())) >>> unfixed == 0);
    }

    private static int bits(InetAddress address) {
      return ByteBuffer.wrap(address.getAddress()).getInt();
    }
  }

  private Wires() {}

  /** All interfaces that are up, but the loopback, with each of their IPv4 addresses. */
  static List<Wire> all() throws SocketException {
    List<Wire> wires = new ArrayList<>();
    for (NetworkInterface card : cards()) {
      for (InterfaceAddress network : card.getInterfaceAddresses()) {
        if (network.getAddress() instanceof Inet4Address) {
          wires.add(new Wire(card, network));
        }
      }
    }
    return wires;
  }

  /** All interfaces that are up, but the loopback. */
  static List<NetworkInterface> cards() throws SocketException {
    List<NetworkInterface> cards = new ArrayList<>();
    for (NetworkInterface card : NetworkInterface.networkInterfaces().toList()) {
      if (isUp(card)) {
        cards.add(card);
      }
    }
    return cards;
  }

  private static boolean isUp(NetworkInterface card) {
    try {
      return card.isUp() && !card.isLoopback();
    } catch (SocketException e) {
      return false; // it has gone meanwhile
    }
  }
}
