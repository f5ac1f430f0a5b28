package io.jettison.server.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.hypervisor.PartialVm;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.PagedMemory;
import io.jettison.api.memory.Pages;
import io.jettison.wire.control.ControlCodec;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.NextRound;
import io.jettison.wire.control.ControlMessage.Release;
import io.jettison.wire.control.ControlMessage.Resume;
import io.jettison.wire.control.ControlMessage.RoundEnd;
import io.jettison.wire.control.ControlMessage.Running;
import io.jettison.wire.control.ControlMessage.Saved;
import io.jettison.wire.control.ControlMessage.Stage;
import io.jettison.wire.control.ControlMessage.StagePacked;
import io.jettison.wire.control.ControlMessage.Stop;
import io.jettison.wire.control.Conversation;
import io.jettison.wire.control.DescriptorOutbox;
import io.jettison.wire.page.PageBlock;
import java.io.IOException;
import java.nio.ByteBuffer;
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

  private final PageSet unsent;

  /** For one of the desktop's stagings. To be made and run in the VM's turn. */
  Farewell(Conversation conversation, PartialVms vms, Guest guest, long staging) {
    this.conversation = conversation;
    this.vms = vms;
    this.guest = guest;
    this.unsent = guest.unsent(staging);
  }

  void run() throws IOException {
    while (conversation.next(Session.PATIENCE) instanceof Done<ControlMessage> request) {
      ControlMessage message = request.value();
      if (message instanceof NextRound next) {
        answer(guest.vm().then(vm -> round(vm, next.settled())));
      } else if (message instanceof Stop) {
        answer(guest.vm().then(this::stop));
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

  private Outcome<RoundEnd> round(PartialVm vm, boolean settled) {
    try {
      PagedMemory memory = vm.memory();
      if (!memory.tracksWrites()) {
        return Outcome.done(new RoundEnd(0));
      }
      PageSet fresh = harvest(memory);
      PageSet round = unsent.copy();
      if (settled) {
        round.removeAll(fresh);
      }
      return Outcome.done(new RoundEnd(send(memory, round)));
    } catch (IOException e) {
      return failed(e);
    }
  }

  private PageSet harvest(PagedMemory memory) throws IOException {
    vms.harvesting(guest);
    PageSet fresh;
    try {
      fresh = memory.harvest();
    } catch (IOException e) {
      // what it had taken before it failed is lost with it
      guest.changed.addAll(memory.resident());
      guest.forgetStaging();
      throw e;
    }
    guest.changed.addAll(fresh);
    unsent.addAll(fresh);
    return fresh;
  }

  private Outcome<Saved> stop(PartialVm vm) {
    long asked = System.nanoTime();
    try (DescriptorOutbox outbox = new DescriptorOutbox(conversation)) {
      return vm.leave(outbox)
          .then(
              left -> {
                outbox.end();
                return lastPages(vm.memory(), left.stoppedNanos() - asked);
              });
    }
  }

  private Outcome<Saved> lastPages(PagedMemory memory, long stoppedAfterNanos) {
    try {
      if (memory.tracksWrites()) {
        harvest(memory);
      } else {
        PageSet all = memory.dirty();
        guest.changed.addAll(all);
        unsent.addAll(all);
      }
      send(memory, unsent.copy());
      long dirty = guest.changed.size();
      return Outcome.done(new Saved(dirty, stoppedAfterNanos, guest.figures(dirty)));
    } catch (IOException e) {
      return failed(e);
    }
  }

  private <T> Outcome<T> failed(IOException e) {
    LOG.warn("cannot send what changed of {}", guest.key, e);
    return Outcome.refused(
        "the server cannot read what changed: " + e.getMessage(), "look at the server's log");
  }

  // for a few pages it is not worth the time: the VM may be stopped
  private ControlMessage staged(long first, int sum) {
    int count = chunk.remaining() >> Pages.SHIFT;
    if (count >= WORTH_PACKING) {
      ByteBuffer packed = block.pack(chunk);
      if (packed.remaining() < chunk.remaining()) {
        return new StagePacked(first, count, sum, packed);
      }
    }
    return new Stage(first, sum, chunk);
  }

  private long send(PagedMemory memory, PageSet round) throws IOException {
    for (long first = round.next(0); first >= 0; ) {
      if (!conversation.isOpen()) {
        throw new IOException("the desktop hung up"); // its next conversation waits for this one
      }
      long end = Math.min(round.nextAbsent(first), first + CHUNK_PAGES);
      chunk.clear().limit((int) Pages.offset(end - first));
      memory.read(first, chunk);
      chunk.flip();
      crc.reset();
      crc.update(chunk.duplicate());
      conversation.send(staged(first, (int) crc.getValue()));
      first = round.next(end);
    }
    unsent.removeAll(round);
    return round.size();
  }
}
