package io.jettison.server.internal;

import io.jettison.api.wake.Need;
import io.jettison.api.wake.NeedSink;
import io.jettison.wakeup.Pc;
import io.jettison.wakeup.RemoteWakeup;
import io.jettison.wire.control.ControlMessage.Power;
import io.jettison.wire.wake.MemoryContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The PCs that call here, and what the wake-up service is to know of them. That service may come
 * and go: a new one is told what PCs said last. Thread-safe.
 */
final class Pcs {
  private static final Logger LOG = LoggerFactory.getLogger(Pcs.class);

  /** What a PC said last. */
  private static final class Caller {
    private int links;
    private Optional<InetAddress> address = Optional.empty();
    private OptionalLong hardware = OptionalLong.empty();
    private boolean leaving;
  }

  private final Map<String, Caller> callers = new HashMap<>();
  private volatile @Nullable RemoteWakeup wakeup;

  /** Another wake-up service wakes PCs from now on. */
  synchronized void use(RemoteWakeup service) {
    wakeup = service;
    callers.forEach((name, caller) -> introduce(service.pc(name), caller));
  }

  private static void introduce(Pc pc, Caller caller) {
    if (caller.links > 0) {
      caller.address.ifPresent(from -> pc.met(from, caller.hardware));
    }
    if (caller.leaving) {
      pc.suspending();
    }
  }

  /** A wake-up service went; nothing happens if there is another by now. */
  synchronized void drop(RemoteWakeup service) {
    if (wakeup == service) {
      wakeup = null;
    }
  }

  private Optional<Pc> pc(String name) {
    RemoteWakeup service = wakeup;
    return service == null ? Optional.empty() : Optional.of(service.pc(name));
  }

  /** A PC said hello on a fresh link. */
  synchronized void linked(String name, SocketAddress from, OptionalLong hardware) {
    Caller caller = callers.computeIfAbsent(name, fresh -> new Caller());
    caller.links++;
    caller.hardware = hardware;
    if (from instanceof InetSocketAddress peer) {
      caller.address = Optional.of(peer.getAddress());
    }
    pc(name).ifPresent(pc -> caller.address.ifPresent(at -> pc.met(at, hardware)));
  }

  /** A link is gone. */
  synchronized void unlinked(String name) {
    Caller caller = callers.get(name);
    if (caller != null && --caller.links == 0) {
      pc(name).ifPresent(Pc::unlinked);
    }
  }

  /** A PC says what it is about to do. */
  synchronized void noted(String name, Power power) {
    callers.computeIfAbsent(name, fresh -> new Caller()).leaving = power == Power.SUSPENDING;
    LOG.info("{} is {}", name, power == Power.SUSPENDING ? "about to sleep" : "awake");
    pc(name)
        .ifPresent(
            pc -> {
              if (power == Power.SUSPENDING) {
                pc.suspending();
              } else {
                pc.awake();
              }
            });
  }

  /** Has a VM fetched home; wakes its PC for that if it sleeps. Returns whether it does. */
  synchronized boolean sendHome(Guest guest, String why) {
    Caller caller = callers.get(guest.desktop());
    boolean asleep = caller != null && caller.leaving && wakeup != null;
    guest.sendHome(why, asleep);
    if (asleep) {
      Need need = new Need(Need.Kind.RETURN, guest.name(), 0);
      pc(guest.desktop()).ifPresent(pc -> pc.needed(need, Optional.empty()));
    }
    return asleep;
  }

  /**
   * Who is told what a VM waits for.
   *
   * @param kind of what
   * @param name the PC's
   * @param of the VM's name there; of a disk, {@code VM/DISK}
   */
  NeedSink sink(Need.Kind kind, String name, String of) {
    return new Sink(kind, name, of);
  }

  private final class Sink implements NeedSink {
    private final Need.Kind kind;
    private final String name;
    private final String of;
    private @Nullable RemoteWakeup service;
    private @Nullable Pc pc;

    private Sink(Need.Kind kind, String name, String of) {
      this.kind = kind;
      this.name = name;
      this.of = of;
    }

    private @Nullable Pc pc() {
      RemoteWakeup now = wakeup;
      if (now != service) {
        pc = now == null ? null : now.pc(name);
        service = now;
      }
      return pc;
    }

    @Override
    public void asked(long item) {
      try {
        Pc on = pc();
        if (on == null) {
          return;
        }
        if (on.believedAwake()) {
          on.touched();
        } else {
          on.needed(new Need(kind, of, item), Optional.of(MemoryContext.of(of, item)));
        }
      } catch (RuntimeException | LinkageError e) {
        failed(e);
      }
    }

    @Override
    public void answered(long item) {
      try {
        Pc on = pc();
        if (on != null) {
          on.answered(kind, of, item);
        }
      } catch (RuntimeException | LinkageError e) {
        failed(e);
      }
    }

    /** The fault is served all the same, as soon as the PC is awake. */
    private void failed(Throwable failure) {
      pc = null; // until there is another service
      LOG.error("the wake-up service fails: {} is not woken for {}", name, of, failure);
    }
  }
}
