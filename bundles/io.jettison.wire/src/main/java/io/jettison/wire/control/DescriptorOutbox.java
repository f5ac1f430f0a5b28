package io.jettison.wire.control;

import io.jettison.wire.control.ControlMessage.DescriptorEnd;
import io.jettison.wire.control.ControlMessage.DescriptorPart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32C;

/** A descriptor going out over a conversation as it is written. For one thread. */
public final class DescriptorOutbox implements WritableByteChannel {
  private final Conversation conversation;
  private final CRC32C crc = new CRC32C();
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
    while (from.hasRemaining()) {
      if (!conversation.isOpen()) {
        throw new IOException("the other host hung up");
      }
      int length = Math.min(from.remaining(), ControlCodec.BULK_BYTES);
      ByteBuffer part = from.slice(from.position(), length);
      crc.update(part.duplicate());
      conversation.send(new DescriptorPart(part));
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
