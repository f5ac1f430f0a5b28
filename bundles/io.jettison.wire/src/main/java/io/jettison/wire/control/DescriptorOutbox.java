package io.jettison.wire.control;

import io.jettison.wire.control.ControlMessage.DescriptorEnd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32C;

/**
 * A descriptor going out over a conversation as it is written, packed: device state is mostly
 * firmware and zeros. For one thread; to be closed.
 */
public final class DescriptorOutbox implements WritableByteChannel {
  private final Conversation conversation;
  private final CRC32C crc = new CRC32C();
  private final DescriptorPacker packer = new DescriptorPacker();
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
    while (from.hasRemaining()) {
      int length = Math.min(from.remaining(), ControlCodec.BULK_BYTES);
      // the other end gets all of it at once: it loads while this end still saves
      conversation.send(packer.pack(from.slice(from.position(), length)));
      from.position(from.position() + length);
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
  public void close() {}
}
