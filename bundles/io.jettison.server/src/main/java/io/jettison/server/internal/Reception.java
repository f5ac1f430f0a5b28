package io.jettison.server.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.jettison.cownetdisk.Cownetdisk;
import io.jettison.memtap.Memtap;
import io.jettison.wire.Hello;
import io.jettison.wire.HelloCodec;
import io.jettison.wire.Welcome;
import io.jettison.wire.WelcomeCodec;
import io.jettison.wire.WireException;
import io.jettison.wire.control.Conversation;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Meets a new link: hears what it is for and hands it on to whoever serves that. */
final class Reception implements LinkHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Reception.class);

  private final PartialVms vms;
  private final Memtap memtap;
  private final Cownetdisk cownetdisk;
  private final Pcs pcs;
  private final ParkingLot lot;
  private final Executor sessions;

  // on the link's thread only
  private @Nullable LinkHandler next;
  private @Nullable String caller;

  Reception(
      PartialVms vms,
      Memtap memtap,
      Cownetdisk cownetdisk,
      Pcs pcs,
      ParkingLot lot,
      Executor sessions) {
    this.vms = vms;
    this.lot = lot;
    this.pcs = pcs;
    this.memtap = memtap;
    this.cownetdisk = cownetdisk;
    this.sessions = sessions;
  }

  @Override
  public void message(Link link, ByteBuffer message) {
    LinkHandler handler = next;
    if (handler != null) {
      handler.message(link, message);
      return;
    }
    try {
      greet(link, HelloCodec.decode(message));
    } catch (WireException e) {
      LOG.warn("{} is no desktop of ours: {}", link.peer(), e.getMessage());
      link.close();
    }
  }

  private void greet(Link link, Hello hello) {
    Outcome<LinkHandler> handler = receive(link, hello);
    if (handler instanceof Done<LinkHandler> done) {
      send(link, Welcome.accepted());
      next = done.value();
      caller = hello.desktop();
      pcs.linked(hello.desktop(), link.peer(), hello.hardware());
      done.value().opened(link);
    } else if (handler instanceof Refused<LinkHandler> refused) {
      LOG.info("{} of {} refused: {}", hello.purpose(), hello.desktop(), refused.oneLine());
      send(link, Welcome.refused(refused.reason(), refused.remedy()));
      link.close();
    }
  }

  private Outcome<LinkHandler> receive(Link link, Hello hello) {
    if (hello.version() != Hello.VERSION) {
      boolean older = hello.version() < Hello.VERSION;
      return Outcome.refused(
          "desktop "
              + hello.desktop()
              + " speaks version "
              + hello.version()
              + " of the protocol, this server version "
              + Hello.VERSION,
          "update Jettison on the " + (older ? "desktop" : "server"));
    }
    if (!VmSpec.isName(hello.desktop())) {
      return Outcome.refused(
          "'" + hello.desktop() + "' is no name for a desktop",
          "set `name` in [desktop] to letters, digits, dots and dashes");
    }
    return switch (hello.purpose()) {
      case PAGES -> memtap.attach(ofThisServer(hello));
      case BLOCKS -> cownetdisk.attach(ofThisServer(hello));
      case CONTROL -> {
        Conversation conversation = Conversation.answer(link);
        Session session = new Session(conversation, hello.desktop(), vms, pcs, lot, sessions);
        yield Outcome.done(new FirstWord(conversation, session, sessions));
      }
    };
  }

  /** VMs of different desktops may have one name. */
  private static Hello ofThisServer(Hello hello) {
    return hello.of(hello.desktop() + "/" + hello.vm());
  }

  private static void send(Link link, Welcome welcome) {
    ByteBuffer bytes = ByteBuffer.allocate(WelcomeCodec.MAX_BYTES);
    WelcomeCodec.encode(welcome, bytes);
    bytes.flip();
    link.begin(bytes.remaining()).put(bytes);
    link.end();
    link.flush();
  }

  @Override
  public void drained(Link link) {
    LinkHandler handler = next;
    if (handler != null) {
      handler.drained(link);
    }
  }

  @Override
  public void closed(Link link, @Nullable Throwable cause) {
    LinkHandler handler = next;
    if (handler != null) {
      handler.closed(link, cause);
    }
    if (caller != null) {
      pcs.unlinked(caller);
    }
  }

  /** Gives a conversation a thread once there is something to answer. */
  private static final class FirstWord implements LinkHandler {
    private final Conversation conversation;
    private final Session session;
    private final Executor sessions;
    private boolean spoken;

    FirstWord(Conversation conversation, Session session, Executor sessions) {
      this.conversation = conversation;
      this.session = session;
      this.sessions = sessions;
    }

    @Override
    public void message(Link link, ByteBuffer message) {
      conversation.message(link, message);
      if (!spoken) {
        spoken = true;
        sessions.execute(session);
      }
    }

    @Override
    public void drained(Link link) {
      conversation.drained(link);
    }

    @Override
    public void closed(Link link, @Nullable Throwable cause) {
      conversation.closed(link, cause);
    }
  }
}
