package io.jettison.pc.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.transport.Transport;
import io.jettison.vm.HostPort;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.Power;
import io.jettison.wire.control.ControlMessage.PowerNote;
import io.jettison.wire.control.Conversation;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls them, each time anew: a link from before a sleep has timers that backed off. */
final class CalledServers implements Servers {
  private static final Logger LOG = LoggerFactory.getLogger(CalledServers.class);
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Transport transport;
  private final String desktop;

  CalledServers(Transport transport, String desktop) {
    this.transport = transport;
    this.desktop = desktop;
  }

  @Override
  public boolean tell(String server, Power power) {
    Outcome<Conversation> called =
        HostPort.parse(server)
            .then(address -> Conversation.call(transport, address, desktop, PATIENCE));
    Outcome<ControlMessage.Done> heard = called.then(conversation -> tell(conversation, power));
    if (heard instanceof Refused<ControlMessage.Done> refused) {
      LOG.info("{} does not hear that this PC is {}: {}", server, power, refused.oneLine());
    }
    return heard instanceof Done<ControlMessage.Done>;
  }

  private static Outcome<ControlMessage.Done> tell(Conversation conversation, Power power) {
    try (conversation) {
      conversation.send(new PowerNote(power));
      return conversation.expect(ControlMessage.Done.class, PATIENCE);
    }
  }
}
