package io.jettison.server.internal;

import io.jettison.residuals.Residuals.Kept;
import io.jettison.wire.WireException;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.Keys;
import io.jettison.wire.control.Conversation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which of the pages and blocks that were kept of a VM its desktop still has: tells their
 * locators, and gets the keys of those that did not change. With a hand-over or, if that came to
 * nothing, while the VM runs already.
 */
final class Comparison {
  private static final Logger LOG = LoggerFactory.getLogger(Comparison.class);

  /** The desktop hashes the pages of a part in 2 ms. */
  private static final int PART_BYTES = 1024 * ControlMessage.Kept.ITEM_BYTES;

  private static final long[] NONE_FIRST = {};

  private final Conversation conversation;
  private final Guest guest;
  private final Executor background;
  private final ByteBuffer items = ByteBuffer.allocate(PART_BYTES);

  /** What was kept, by number of the volume. */
  private final List<Kept> volumes = new ArrayList<>();

  private final List<GuestDisk> disks;
  private boolean memoryJudged; // on the link's thread

  /**
   * For a guest that is attached.
   *
   * @param kept of its memory
   * @param background where blocks are put into their slices
   */
  Comparison(Conversation conversation, Guest guest, Kept kept, Executor background) {
    this.conversation = conversation;
    this.guest = guest;
    this.background = background;
    this.disks = guest.disks();
    volumes.add(kept);
    disks.forEach(disk -> volumes.add(disk.kept()));
  }

  /** Tells the locators; to be called once {@link #take} can be. */
  void begin() {
    for (int volume = 0; volume < volumes.size(); volume++) {
      int number = volume;
      volumes
          .get(volume)
          .forEach(
              volume == ControlMessage.MEMORY ? guest.firstTouches() : NONE_FIRST,
              (pfn, high, low) -> {
                if (!items.hasRemaining()) {
                  send(number, false);
                }
                items.putInt((int) pfn).putLong(high).putLong(low);
              });
      send(number, volume == volumes.size() - 1);
    }
  }

  private void send(int volume, boolean last) {
    conversation.send(new ControlMessage.Kept(volume, last, items.flip()));
    items.clear();
  }

  /** Takes the answer, on the link's thread. */
  void take(ControlMessage message) throws WireException {
    if (!(message instanceof Keys keys) || keys.volume() >= volumes.size()) {
      throw new WireException("unexpected " + message.getClass().getSimpleName());
    }
    Kept kept = volumes.get(keys.volume());
    ByteBuffer from = keys.items();
    while (from.hasRemaining()) {
      kept.unlock(Integer.toUnsignedLong(from.getInt()), from.getLong(), from.getLong());
    }
    if (keys.volume() != ControlMessage.MEMORY || keys.last()) {
      memoryIsJudged(); // the desktop reads its disks last, which may take long
    }
    if (keys.last()) {
      disks.forEach(disk -> disk.kept().judged());
      guest.answered();
      if (disks.isEmpty()) {
        guest.compared();
      } else {
        background.execute(this::refill);
      }
    }
  }

  private void memoryIsJudged() {
    if (!memoryJudged) {
      memoryJudged = true;
      volumes.get(ControlMessage.MEMORY).judged();
      guest.judged();
    }
  }

  private void refill() {
    try {
      for (GuestDisk disk : disks) {
        LOG.debug("{}: {} blocks are used again", guest.key, disk.refill());
      }
    } catch (IOException | IllegalStateException e) {
      // the VM goes home, or blocks are fetched
      LOG.info("not all blocks that were kept of {} are used: {}", guest.key, e.toString());
    }
    guest.compared();
  }
}
