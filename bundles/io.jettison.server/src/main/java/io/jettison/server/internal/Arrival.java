package io.jettison.server.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.memtap.Memtap.Tap;
import io.jettison.wire.WireException;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.DescriptorEnd;
import io.jettison.wire.control.ControlMessage.DescriptorPart;
import io.jettison.wire.control.ControlMessage.Keys;
import io.jettison.wire.control.ControlMessage.Populated;
import io.jettison.wire.control.Conversation;
import io.jettison.wire.control.DescriptorUnpacker;
import io.jettison.wire.page.PageSetCodec;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * A descriptor coming in: loaded while the rest of it is still under way. The map of populated
 * pages may come as late as it likes: without it, pages of zeros are asked for like others.
 */
final class Arrival {
  private final Guest guest;
  private final DescriptorInbox descriptor = new DescriptorInbox();
  private final DescriptorUnpacker unpacker = new DescriptorUnpacker();
  private final Map<Integer, PageSet> populated = new HashMap<>();
  private final Conversation conversation;
  private final Comparison comparison;
  private final Executor background;

  Arrival(Conversation conversation, Guest guest, Comparison comparison, Executor background) {
    this.conversation = conversation;
    this.guest = guest;
    this.comparison = comparison;
    this.background = background;
    conversation.onBulk(this::bulk);
    conversation.onGone(this::gone);
  }

  private void bulk(ControlMessage message) throws IOException {
    if (message instanceof DescriptorPart part) {
      descriptor.put(unpacker.unpack(part));
    } else if (message instanceof DescriptorEnd end) {
      descriptor.end(end.total(), end.crc());
    } else if (message instanceof Populated part) {
      populated(part);
    } else if (message instanceof Keys) {
      comparison.take(message);
    } else {
      throw new WireException("unexpected " + message.getClass().getSimpleName());
    }
  }

  private void populated(Populated part) throws WireException {
    long end = end(part.volume());
    PageSet set = populated.computeIfAbsent(part.volume(), volume -> new PageSet());
    PageSetCodec.decode(part.runs(), set, end);
    if (part.last()) {
      mapped(part.volume(), set);
    }
  }

  private long end(int volume) throws WireException {
    List<VmSpec.Disk> disks = guest.spec.following();
    if (volume == ControlMessage.MEMORY) {
      return guest.spec.memory().end();
    } else if (volume <= disks.size()) {
      return Pages.holding(disks.get(volume - 1).bytes());
    }
    throw new WireException(guest.key + " has no volume " + volume);
  }

  private void mapped(int volume, PageSet set) {
    Tap tap = guest.tap();
    if (volume == ControlMessage.MEMORY && tap != null) {
      tap.populated(set);
    }
    for (GuestDisk disk : guest.disks()) {
      if (disk.number() == volume) {
        disk.disk().allocated(set);
      }
    }
  }

  private void gone() {
    descriptor.fail("the desktop hung up");
    // the VMM may be waiting for a page that nobody serves any more
    background.execute(guest::kill);
  }

  /**
   * Loads what comes; refused, and the VMM ended, if the desktop hangs up before all was loaded.
   */
  Outcome<Nothing> load() {
    Outcome<Nothing> loaded = guest.vm().then(vm -> vm.load(descriptor));
    conversation.onGone(() -> {});
    return loaded;
  }
}
