package io.jettison.server.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.hypervisor.PartialVm;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.NextRound;
import io.jettison.wire.control.ControlMessage.Release;
import io.jettison.wire.control.ControlMessage.Resume;
import io.jettison.wire.control.ControlMessage.RoundEnd;
import io.jettison.wire.control.ControlMessage.Salvage;
import io.jettison.wire.control.ControlMessage.Saved;
import io.jettison.wire.control.ControlMessage.Standing;
import io.jettison.wire.control.ControlMessage.Stop;
import io.jettison.wire.control.Conversation;
import io.jettison.wire.control.DescriptorOutbox;
import io.jettison.wire.control.StageOutbox;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A VM going home: rounds of changed pages while it runs, the rest when it stopped. It need not be
 * all at once: a desktop may ask for rounds now and then, and for the rest much later. Whatever
 * goes wrong before it is released, it stays here, running or stopped, and can go on.
 */
final class Farewell {
  private static final Logger LOG = LoggerFactory.getLogger(Farewell.class);

  private final Conversation conversation;
  private final PartialVms vms;
  private final Guest guest;
  private final ByteBuffer chunk = ByteBuffer.allocateDirect(StageOutbox.MOST_PAGES << Pages.SHIFT);
  private final StageOutbox outbox;
  private final long staging;

  /** For one of the desktop's stagings. To be made and run in the VM's turn. */
  Farewell(Conversation conversation, PartialVms vms, Guest guest, long staging) {
    this.conversation = conversation;
    this.vms = vms;
    this.guest = guest;
    this.staging = staging;
    this.outbox = new StageOutbox(conversation);
  }

  void run() throws IOException {
    while (conversation.next(Session.PATIENCE) instanceof Done<ControlMessage> request) {
      ControlMessage message = request.value();
      if (message instanceof NextRound next) {
        answer(guest.vm().then(vm -> round(vm, next.settled())));
      } else if (message instanceof Stop) {
        answer(guest.vm().then(this::stop));
      } else if (message instanceof Salvage) {
        answer(salvage());
      } else if (message instanceof Resume) {
        answer(guest.vm().then(PartialVm::run).then(done -> Outcome.done(guest.sayRunning())));
        return;
      } else if (message instanceof Release) {
        vms.wentHome(guest);
        LOG.info("{} went home, epoch {}", guest.key, guest.epoch);
        conversation.send(new ControlMessage.Done());
        return;
      } else {
        conversation.close();
      }
    }
  }

  private void answer(Outcome<? extends ControlMessage> outcome) {
    if (outcome instanceof Done<? extends ControlMessage> done) {
      conversation.send(done.value());
    } else if (outcome instanceof Refused<? extends ControlMessage> refused) {
      conversation.send(new ControlMessage.Refused(refused.reason(), refused.remedy()));
    }
  }

  private List<Volume> volumes(PartialVm vm) {
    List<Volume> volumes = new ArrayList<>(guest.disks());
    volumes.add(new GuestMemory(vms, guest, vm.memory()));
    return volumes;
  }

  private Outcome<RoundEnd> round(PartialVm vm, boolean settled) {
    try {
      long sent = 0;
      for (Volume volume : volumes(vm)) {
        if (volume.tracksWrites()) {
          PageSet unsent = volume.changes().unsent(staging);
          PageSet fresh = volume.harvest();
          volume.changes().add(fresh);
          PageSet round = unsent.copy();
          if (settled) {
            round.removeAll(fresh);
          }
          sent += send(volume, round);
          volume.settle();
        }
      }
      return Outcome.done(new RoundEnd(sent));
    } catch (IOException e) {
      return failed(e);
    }
  }

  private Outcome<Saved> stop(PartialVm vm) {
    long asked = System.nanoTime();
    try (DescriptorOutbox descriptor = new DescriptorOutbox(conversation)) {
      return vm.leave(descriptor)
          .then(
              left -> {
                descriptor.end();
                return lastRound(vm, left.stoppedNanos() - asked);
              });
    }
  }

  private Outcome<Saved> lastRound(PartialVm vm, long stoppedAfterNanos) {
    try {
      for (Volume volume : volumes(vm)) {
        sendRest(volume);
      }
      long dirty = guest.memoryChanges.all().size();
      long blocks = guest.disks().stream().mapToLong(disk -> disk.changes().all().size()).sum();
      return Outcome.done(new Saved(dirty, blocks, stoppedAfterNanos, guest.figures(dirty)));
    } catch (IOException e) {
      return failed(e);
    }
  }

  private long sendRest(Volume volume) throws IOException {
    PageSet unsent = volume.changes().unsent(staging);
    volume.changes().add(volume.harvest());
    return send(volume, unsent.copy());
  }

  private Outcome<RoundEnd> salvage() {
    if (guest.standing() != Standing.LOST) {
      return Outcome.refused(
          "the server has not lost " + guest.key + ": it is " + guest.standing(), "bring it home");
    }
    if (guest.disks().size() != guest.spec.following().size()) {
      return Outcome.refused(
          "the server cannot open what " + guest.key + " wrote to its disks",
          "look at the server's log");
    }
    try {
      long sent = 0;
      for (Volume disk : guest.disks()) {
        sent += sendRest(disk);
      }
      return Outcome.done(new RoundEnd(sent));
    } catch (IOException e) {
      return failed(e);
    }
  }

  private <T> Outcome<T> failed(IOException e) {
    LOG.warn("cannot send what changed of {}", guest.key, e);
    return Outcome.refused(
        "the server cannot read what changed: " + e.getMessage(), "look at the server's log");
  }

  private long send(Volume volume, PageSet round) throws IOException {
    for (long first = round.next(0); first >= 0; ) {
      if (!conversation.isOpen()) {
        throw new IOException("the desktop hung up"); // its next conversation waits for this one
      }
      long end = Math.min(round.nextAbsent(first), first + StageOutbox.MOST_PAGES);
      chunk.clear().limit((int) Pages.offset(end - first));
      volume.read(first, chunk);
      chunk.flip();
      if (volume.number() == ControlMessage.MEMORY) {
        outbox.send(volume.number(), first, chunk);
      } else {
        outbox.sendSparsely(volume.number(), first, chunk); // a disk's zeros are freed at home
      }
      first = round.next(end);
    }
    volume.changes().unsent(staging).removeAll(round);
    return round.size();
  }
}
