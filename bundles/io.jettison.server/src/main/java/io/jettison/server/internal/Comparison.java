package io.jettison.server.internal;

import io.jettison.residuals.Residuals;
import io.jettison.wire.WireException;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.Keys;
import io.jettison.wire.control.Conversation;
import java.nio.ByteBuffer;

/**
 * Finds out which of the pages that were kept of a VM its desktop still has: tells their locators,
 * and gets the keys of those that did not change. With a hand-over or, if that came to nothing,
 * while the VM runs already.
 */
final class Comparison {
  /** The desktop hashes the pages of a part in 2 ms. */
  private static final int PART_BYTES = 1024 * ControlMessage.Kept.ITEM_BYTES;

  private final Conversation conversation;
  private final Guest guest;
  private final Residuals.Kept kept;
  private final ByteBuffer items = ByteBuffer.allocate(PART_BYTES);

  Comparison(Conversation conversation, Guest guest, Residuals.Kept kept) {
    this.conversation = conversation;
    this.guest = guest;
    this.kept = kept;
  }

  /** Tells the locators; to be called once {@link #take} can be. */
  void begin() {
    kept.forEach(
        guest.firstTouches(),
        (pfn, high, low) -> {
          if (!items.hasRemaining()) {
            send(false);
          }
          items.putInt((int) pfn).putLong(high).putLong(low);
        });
    send(true);
  }

  private void send(boolean last) {
    conversation.send(new ControlMessage.Kept(last, items.flip()));
    items.clear();
  }

  /** Takes the answer, on the link's thread. */
  void take(ControlMessage message) throws WireException {
    if (!(message instanceof Keys keys)) {
      throw new WireException("unexpected " + message.getClass().getSimpleName());
    }
    ByteBuffer from = keys.items();
    while (from.hasRemaining()) {
      kept.unlock(from.getInt(), from.getLong(), from.getLong());
    }
    if (keys.last()) {
      kept.judged();
      guest.compared();
    }
  }
}
