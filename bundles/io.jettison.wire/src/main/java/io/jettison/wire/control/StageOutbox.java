package io.jettison.wire.control;

import io.jettison.api.memory.Pages;
import io.jettison.wire.control.ControlMessage.Stage;
import io.jettison.wire.control.ControlMessage.StagePacked;
import io.jettison.wire.control.ControlMessage.StageZeros;
import io.jettison.wire.page.PageBlock;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Sends pages or blocks as they are, compressed, or as the number of zeros. Not thread-safe. */
public final class StageOutbox {
  /** Most pages that may be sent at a time. */
  public static final int MOST_PAGES = ControlCodec.BULK_BYTES / Pages.SIZE;

  private static final int WORTH_PACKING = 4;

  private final Conversation conversation;
  private final PageBlock block = new PageBlock(MOST_PAGES);
  private final CRC32C crc = new CRC32C();

  /** For a conversation. */
  public StageOutbox(Conversation conversation) {
    this.conversation = conversation;
  }

  /**
   * Sends consecutive pages or blocks.
   *
   * @param first number of the first
   * @param pages from position to limit, which stay; at most {@value #MOST_PAGES}
   */
  public void send(int volume, long first, ByteBuffer pages) {
    crc.reset();
    crc.update(pages.duplicate());
    int sum = (int) crc.getValue();
    int count = pages.remaining() >> Pages.SHIFT;
    // for a few pages it is not worth the time: the VM may be stopped
    ByteBuffer packed = count >= WORTH_PACKING ? block.pack(pages) : pages;
    conversation.send(
        packed.remaining() < pages.remaining()
            ? new StagePacked(volume, first, count, sum, packed)
            : new Stage(volume, first, sum, pages));
  }

  /** As {@link #send}, but of those that hold only zeros it sends how many there are. */
  public void sendSparsely(int volume, long first, ByteBuffer pages) {
    int begin = pages.position();
    int end = pages.limit();
    for (int at = begin; at < end; ) {
      boolean zero = isZero(pages, at);
      int next = at + Pages.SIZE;
      while (next < end && isZero(pages, next) == zero) {
        next += Pages.SIZE;
      }
      long number = first + ((at - begin) >> Pages.SHIFT);
      if (zero) {
        conversation.send(new StageZeros(volume, number, (next - at) >> Pages.SHIFT));
      } else {
        send(volume, number, pages.limit(next).position(at));
      }
      pages.limit(end).position(begin);
      at = next;
    }
  }

  private static boolean isZero(ByteBuffer pages, int from) {
    for (int at = from; at < from + Pages.SIZE; at += Long.BYTES) {
      if (pages.getLong(at) != 0) {
        return false;
      }
    }
    return true;
  }
}
