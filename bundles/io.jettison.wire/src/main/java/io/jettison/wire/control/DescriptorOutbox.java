package io.jettison.wire.control;

import io.jettison.wire.control.ControlMessage.DescriptorEnd;
import io.jettison.wire.control.ControlMessage.DescriptorPart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32C;
import java.util.zip.Deflater;

/**
 * A descriptor going out over a conversation as it is written, deflated: device state is mostly
 * firmware and zeros. For one thread; to be closed.
 */
public final class DescriptorOutbox implements WritableByteChannel {
  private final Conversation conversation;
  private final CRC32C crc = new CRC32C();
  private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
  private final ByteBuffer deflated = ByteBuffer.allocate(ControlCodec.BULK_BYTES);
  private long total;

  /** A descriptor for the other end of this conversation. */
  public DescriptorOutbox(Conversation conversation) {
    this.conversation = conversation;
  }

  /**
   * Sends a piece.
   *
   * @throws IOException if the conversation is over
   */
  @Override
  public int write(ByteBuffer from) throws IOException {
    int written = from.remaining();
    if (!conversation.isOpen()) {
      throw new IOException("the other host hung up");
    }
    crc.update(from.duplicate());
    deflater.setInput(from);
    // the other end gets all of it at once: it loads while this end still saves
    while (deflater.deflate(deflated.clear(), Deflater.SYNC_FLUSH) > 0) {
      conversation.send(new DescriptorPart(deflated.flip()));
    }
    total += written;
    return written;
  }

  /** Says that this was all. */
  public void end() {
    conversation.send(new DescriptorEnd(total, (int) crc.getValue()));
  }

  /** Bytes written so far. */
  public long total() {
    return total;
  }

  @Override
  public boolean isOpen() {
    return conversation.isOpen();
  }

  @Override
  public void close() {
    deflater.end();
  }
}
