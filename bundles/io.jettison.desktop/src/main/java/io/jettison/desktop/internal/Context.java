package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.transport.Transport;
import io.jettison.disksrv.Disksrv;
import io.jettison.memsrv.Memsrv;
import io.jettison.vm.Drivers;
import io.jettison.vm.HostPort;
import io.jettison.wire.control.Conversation;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * What every move of a VM needs.
 *
 * @param desktop this host's name
 * @param server where VMs are consolidated, {@code HOST:PORT}; empty if nowhere
 */
public record Context(
    String desktop,
    String server,
    Transport transport,
    Memsrv memsrv,
    Disksrv disksrv,
    Drivers drivers) {
  /** For answers of a server that works; one that is gone is noticed by its link. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration CALL_PATIENCE = Duration.ofSeconds(10);

  /** The server new stays go to. */
  Outcome<InetSocketAddress> serverAddress() {
    return server.isBlank()
        ? Outcome.refused(
            "no server is configured", "set `server = HOST:PORT` in [desktop] of jettison.conf")
        : HostPort.parse(server);
  }

  /** Calls a server, for instance the one a VM is on. */
  Outcome<Conversation> call(String peer) {
    return HostPort.parse(peer)
        .then(address -> Conversation.call(transport, address, desktop, CALL_PATIENCE));
  }
}
