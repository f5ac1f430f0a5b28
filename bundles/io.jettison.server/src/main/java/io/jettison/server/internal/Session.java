package io.jettison.server.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.hypervisor.PartialVm;
import io.jettison.residuals.Residuals;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.Abandon;
import io.jettison.wire.control.ControlMessage.Activate;
import io.jettison.wire.control.ControlMessage.Park;
import io.jettison.wire.control.ControlMessage.Power;
import io.jettison.wire.control.ControlMessage.PowerNote;
import io.jettison.wire.control.ControlMessage.Prepare;
import io.jettison.wire.control.ControlMessage.Prepared;
import io.jettison.wire.control.ControlMessage.Ready;
import io.jettison.wire.control.ControlMessage.Release;
import io.jettison.wire.control.ControlMessage.Resume;
import io.jettison.wire.control.ControlMessage.Return;
import io.jettison.wire.control.ControlMessage.StandingReply;
import io.jettison.wire.control.ControlMessage.Status;
import io.jettison.wire.control.ControlMessage.Watch;
import io.jettison.wire.control.Conversation;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server's side of one conversation with a desktop. */
final class Session implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  // A link's end is noticed by itself; this only bounds how long a silent desktop keeps a thread.
  static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Conversation conversation;
  private final String desktop;
  private final PartialVms vms;
  private final Pcs pcs;
  private final ParkingLot lot;
  private final Executor background;

  Session(
      Conversation conversation,
      String desktop,
      PartialVms vms,
      Pcs pcs,
      ParkingLot lot,
      Executor background) {
    this.pcs = pcs;
    this.lot = lot;
    this.background = background;
    this.conversation = conversation;
    this.desktop = desktop;
    this.vms = vms;
  }

  /** Answers until the desktop hangs up or asks to be kept informed. */
  @Override
  public void run() {
    boolean more = true;
    while (more) {
      if (conversation.next(PATIENCE) instanceof Done<ControlMessage> request) {
        try {
          more = answer(request.value());
        } catch (IOException | RuntimeException e) {
          LOG.error("a request of {} failed", desktop, e);
          conversation.send(
              new ControlMessage.Refused(
                  "the server failed: " + e, "look at the server's log, then try again"));
          more = false;
          conversation.close();
        }
      } else {
        conversation.close();
        more = false;
      }
    }
  }

  private boolean answer(ControlMessage request) throws IOException {
    if (request instanceof Watch watch) {
      return watch(watch);
    } else if (request instanceof Prepare prepare) {
      host(prepare);
    } else if (request instanceof PowerNote note) {
      noted(note.power());
      conversation.send(new ControlMessage.Done());
    } else if (request instanceof Park park) {
      park(park);
    } else if (request instanceof Status status) {
      conversation.send(new StandingReply(vms.standing(key(status.vm()), status.epoch())));
    } else if (request instanceof Return r) {
      inTurn(r.vm(), r.epoch(), guest -> new Farewell(conversation, vms, guest, r.staging()).run());
    } else if (request instanceof Resume resume) {
      inTurn(resume.vm(), resume.epoch(), this::resume);
    } else if (request instanceof Release release) {
      end(release.vm(), release.epoch(), true);
    } else if (request instanceof Abandon abandon) {
      end(abandon.vm(), abandon.epoch(), false);
    } else {
      refuse(
          Outcome.refused(
              "a " + request.getClass().getSimpleName() + " was not to be expected here",
              "install the same version of Jettison on both hosts"));
    }
    return true;
  }

  private void noted(Power power) {
    pcs.noted(desktop, power);
    if (power == Power.AWAKE) {
      vms.all().stream()
          .filter(guest -> guest.desktop().equals(desktop))
          .forEach(Guest::desktopIsAwake);
    }
  }

  private String key(String vm) {
    return desktop + "/" + vm;
  }

  private void refuse(Outcome<?> outcome) {
    if (outcome instanceof Refused<?> refused) {
      conversation.send(new ControlMessage.Refused(refused.reason(), refused.remedy()));
    }
  }

  private boolean watch(Watch watch) {
    if (vms.find(key(watch.vm()), watch.epoch()) instanceof Done<Guest> guest) {
      Residuals.Kept kept = guest.value().kept();
      if (kept != null && !guest.value().isAnswered()) {
        Comparison comparison = new Comparison(conversation, guest.value(), kept, background);
        conversation.onBulk(comparison::take);
        comparison.begin();
      }
      guest.value().watch(conversation);
      return false;
    }
    refuse(vms.find(key(watch.vm()), watch.epoch()));
    return true;
  }

  private void park(Park park) {
    Outcome<Guest> found = vms.find(key(park.vm()), park.epoch());
    if (found instanceof Done<Guest> guest) {
      new Parking(conversation, guest.value(), lot, vms.slices()).run();
    } else {
      refuse(found);
    }
  }

  /** What is done with a VM in its turn. */
  private interface Deed {
    void with(Guest guest) throws IOException;
  }

  private void inTurn(String vm, long epoch, Deed deed) throws IOException {
    Outcome<Guest> found = vms.find(key(vm), epoch);
    if (found instanceof Done<Guest> guest) {
      guest.value().enter(conversation);
      try {
        deed.with(guest.value());
      } finally {
        guest.value().leave();
      }
    } else {
      refuse(found);
    }
  }

  private void host(Prepare request) throws IOException {
    Outcome<Guest> prepared =
        vms.prepare(key(request.vm()), request.epoch(), request.estimate(), request.spec());
    if (!(prepared instanceof Done<Guest> done)) {
      refuse(prepared);
      return;
    }
    Guest guest = done.value();
    guest.enter(conversation);
    try {
      Comparison comparison =
          new Comparison(conversation, guest, Objects.requireNonNull(guest.kept()), background);
      Arrival arrival = new Arrival(conversation, guest, comparison, background);
      conversation.send(new Prepared());
      comparison.begin();
      Outcome<Nothing> arrived = arrival.load();
      if (arrived.isDone()) {
        conversation.send(new Ready());
        arrived = conversation.expect(Activate.class, PATIENCE).then(activate -> Outcome.done());
      } else {
        refuse(arrived);
      }
      if (arrived instanceof Refused<Nothing> refused) {
        LOG.info("{} does not come: {}", guest.key, refused.oneLine());
        vms.end(guest);
        return;
      }
      say(guest, guest.vm().then(PartialVm::run));
    } finally {
      guest.leave();
    }
  }

  private void resume(Guest guest) {
    // also one that is said to run: a VMM that is slow to answer is taken for one that does
    say(guest, guest.vm().then(PartialVm::run));
  }

  private void say(Guest guest, Outcome<Nothing> running) {
    if (running.isDone()) {
      conversation.send(guest.sayRunning());
      guest.running();
      LOG.info("{} runs here, epoch {}", guest.key, guest.epoch);
    } else {
      refuse(running);
    }
  }

  private void end(String vm, long epoch, boolean wentHome) throws IOException {
    if (vms.find(key(vm), epoch) instanceof Done<Guest> guest) {
      guest.value().enter(conversation);
      try {
        if (wentHome) {
          vms.wentHome(guest.value());
        } else {
          vms.end(guest.value());
        }
        LOG.info("{} left, epoch {}", guest.value().key, epoch);
      } finally {
        guest.value().leave();
      }
    }
    conversation.send(new ControlMessage.Done());
  }

  static Outcome<Nothing> stop(Guest guest) {
    return guest.vm().then(PartialVm::stop);
  }
}
