package io.jettison.server.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.memory.PageSet;
import io.jettison.memtap.Memtap.Tap;
import io.jettison.wire.WireException;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.DescriptorEnd;
import io.jettison.wire.control.ControlMessage.DescriptorPart;
import io.jettison.wire.control.ControlMessage.Populated;
import io.jettison.wire.control.Conversation;
import io.jettison.wire.control.DescriptorInflater;
import io.jettison.wire.page.PageSetCodec;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;

/** A descriptor coming in: loaded while the rest of it is still under way. */
final class Arrival {
  private final Guest guest;
  private final DescriptorInbox descriptor = new DescriptorInbox();
  private final DescriptorInflater inflater = new DescriptorInflater();
  private final PageSet populated = new PageSet();
  private final CountDownLatch mapped = new CountDownLatch(1);
  private final Conversation conversation;

  private final Executor background;

  Arrival(Conversation conversation, Guest guest, Executor background) {
    this.conversation = conversation;
    this.guest = guest;
    this.background = background;
    conversation.onBulk(this::bulk);
    conversation.onGone(this::gone);
  }

  private void bulk(ControlMessage message) throws IOException {
    if (message instanceof DescriptorPart part) {
      inflater.inflate(part.bytes(), descriptor::put);
    } else if (message instanceof DescriptorEnd end) {
      inflater.close();
      descriptor.end(end.total(), end.crc());
    } else if (message instanceof Populated part && mapped.getCount() > 0) {
      PageSetCodec.decode(part.runs(), populated);
      if (part.last()) {
        Tap tap = guest.tap();
        if (tap != null) {
          tap.populated(populated.copy());
        }
        mapped.countDown();
      }
    } else {
      throw new WireException("unexpected " + message.getClass().getSimpleName());
    }
  }

  private void gone() {
    descriptor.fail("the desktop hung up");
    mapped.countDown();
    // the VMM may be waiting for a page that nobody serves any more
    background.execute(guest::kill);
  }

  /**
   * Loads what comes; refused, and the VMM ended, if the desktop hangs up before all was loaded.
   */
  Outcome<Nothing> load() {
    Outcome<Nothing> loaded = guest.vm().then(vm -> vm.load(descriptor)).then(done -> mapped());
    conversation.onGone(() -> {});
    return loaded;
  }

  private Outcome<Nothing> mapped() {
    try {
      mapped.await();
      return conversation.isOpen()
          ? Outcome.done()
          : Outcome.refused("the desktop hung up", "consolidate again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Outcome.refused("interrupted", "consolidate again");
    }
  }
}
