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
 * A VM going home: rounds of changed pages while it runs, the rest when it stopped. Whatever goes
 * wrong before it is released, it stays here, running or stopped, and can go on.
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

  // a desktop that asks anew has nothing of what was sent before
  private final PageSet unsent;

  Farewell(Conversation conversation, PartialVms vms, Guest guest) {
    this.conversation = conversation;
    this.vms = vms;
    this.guest = guest;
    this.unsent = guest.changed.copy();
  }

  void run() throws IOException {
    while (conversation.next(Session.PATIENCE) instanceof Done<ControlMessage> request) {
      ControlMessage message = request.value();
      if (message instanceof NextRound) {
        answer(guest.vm().then(vm -> round(vm)));
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

  private Outcome<RoundEnd> round(PartialVm vm) {
    try {
      PagedMemory memory = vm.memory();
      if (!memory.tracksWrites()) {
        return Outcome.done(new RoundEnd(0));
      }
      harvest(memory);
      return Outcome.done(new RoundEnd(sendUnsent(memory)));
    } catch (IOException e) {
      return failed(e);
    }
  }

  private void harvest(PagedMemory memory) throws IOException {
    vms.harvesting(guest);
    PageSet fresh = memory.harvest();
    guest.changed.addAll(fresh);
    unsent.addAll(fresh);
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
      sendUnsent(memory);
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

  private long sendUnsent(PagedMemory memory) throws IOException {
    long count = 0;
    for (long first = unsent.next(0); first >= 0; first = unsent.next(first)) {
      long end = Math.min(unsent.nextAbsent(first), first + CHUNK_PAGES);
      chunk.clear().limit((int) Pages.offset(end - first));
      memory.read(first, chunk);
      chunk.flip();
      crc.reset();
      crc.update(chunk.duplicate());
      conversation.send(staged(first, (int) crc.getValue()));
      count += end - first;
      for (long pfn = first; pfn < end; pfn++) {
        unsent.remove(pfn);
      }
    }
    return count;
  }
}
