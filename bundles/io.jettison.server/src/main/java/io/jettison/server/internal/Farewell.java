package io.jettison.server.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.hypervisor.PartialVm;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.wire.control.ControlCodec;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.NextRound;
import io.jettison.wire.control.ControlMessage.Release;
import io.jettison.wire.control.ControlMessage.Resume;
import io.jettison.wire.control.ControlMessage.RoundEnd;
import io.jettison.wire.control.ControlMessage.Running;
import io.jettison.wire.control.ControlMessage.Salvage;
import io.jettison.wire.control.ControlMessage.Saved;
import io.jettison.wire.control.ControlMessage.Stage;
import io.jettison.wire.control.ControlMessage.StagePacked;
import io.jettison.wire.control.ControlMessage.StageZeros;
import io.jettison.wire.control.ControlMessage.Standing;
import io.jettison.wire.control.ControlMessage.Stop;
import io.jettison.wire.control.Conversation;
import io.jettison.wire.control.DescriptorOutbox;
import io.jettison.wire.page.PageBlock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A VM going home: rounds of changed pages while it runs, the rest when it stopped. It need not be
 * all at once: a desktop may ask for rounds now and then, and for the rest much later. Whatever
 * goes wrong before it is released, it stays here, running or stopped, and can go on.
 */
final class Farewell {
  private static final Logger LOG = LoggerFactory.getLogger(Farewell.class);
  private static final int WORTH_PACKING = 4;
  private static final int CHUNK_PAGES = ControlCodec.BULK_BYTES / Pages.SIZE;

  private final Conversation conversation;
  private final PartialVms vms;
  private final Guest guest;
  private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_PAGES * Pages.SIZE);
  private final PageBlock block = new PageBlock(CHUNK_PAGES);
  private final CRC32C crc = new CRC32C();

  private final long staging;

  /** For one of the desktop's stagings. To be made and run in the VM's turn. */
  Farewell(Conversation conversation, PartialVms vms, Guest guest, long staging) {
    this.conversation = conversation;
    this.vms = vms;
    this.guest = guest;
    this.staging = staging;
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
        answer(guest.vm().then(PartialVm::run).then(done -> Outcome.done(new Running())));
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
    try (DescriptorOutbox outbox = new DescriptorOutbox(conversation)) {
      return vm.leave(outbox)
          .then(
              left -> {
                outbox.end();
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
      long end = Math.min(round.nextAbsent(first), first + CHUNK_PAGES);
      chunk.clear().limit((int) Pages.offset(end - first));
      volume.read(first, chunk);
      chunk.flip();
      if (volume.number() == ControlMessage.MEMORY) {
        stage(volume, first);
      } else {
        stageBlocks(volume, first);
      }
      first = round.next(end);
    }
    volume.changes().unsent(staging).removeAll(round);
    return round.size();
  }

  /** A disk's zeros are freed at home, and do not travel. */
  private void stageBlocks(Volume volume, long first) {
    int end = chunk.limit();
    for (int at = 0; at < end; ) {
      boolean zero = isZero(at);
      int next = at + Pages.SIZE;
      while (next < end && isZero(next) == zero) {
        next += Pages.SIZE;
      }
      chunk.limit(next).position(at);
      long block = first + (at >> Pages.SHIFT);
      if (zero) {
        conversation.send(new StageZeros(volume.number(), block, (next - at) >> Pages.SHIFT));
      } else {
        stage(volume, block);
      }
      chunk.limit(end);
      at = next;
    }
  }

  private boolean isZero(int from) {
    for (int at = from; at < from + Pages.SIZE; at += Long.BYTES) {
      if (chunk.getLong(at) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Sends what the chunk has from its position to its limit. */
  private void stage(Volume volume, long first) {
    crc.reset();
    crc.update(chunk.duplicate());
    int sum = (int) crc.getValue();
    int count = chunk.remaining() >> Pages.SHIFT;
    // for a few pages it is not worth the time: the VM may be stopped
    ByteBuffer packed = count >= WORTH_PACKING ? block.pack(chunk) : chunk;
    conversation.send(
        packed.remaining() < chunk.remaining()
            ? new StagePacked(volume.number(), first, count, sum, packed)
            : new Stage(volume.number(), first, sum, chunk));
  }
}
