package io.jettison.vm;

import io.jettison.api.Outcome;
import java.net.InetSocketAddress;

/** Addresses as people write them: {@code server.example:7700}. */
public final class HostPort {
  private HostPort() {}

  /**
   * Reads an address and looks its host up.
   *
   * @return refused if it is none or the host is not known
   */
  public static Outcome<InetSocketAddress> parse(String text) {
    int colon = text.lastIndexOf(':');
    try {
      int port = colon < 1 ? -1 : Integer.parseInt(text.substring(colon + 1).trim());
      if (port >= 0 && port <= 0xffff) {
        InetSocketAddress address = new InetSocketAddress(text.substring(0, colon).trim(), port);
        return address.isUnresolved()
            ? Outcome.refused(
                "the host '" + address.getHostString() + "' is not known",
                "check its name, or write its IP address")
            : Outcome.done(address);
      }
    } catch (NumberFormatException e) {
      // not a port: said below
    }
    return Outcome.refused("'" + text + "' is not HOST:PORT", "write for instance 10.0.0.2:7700");
  }
}
