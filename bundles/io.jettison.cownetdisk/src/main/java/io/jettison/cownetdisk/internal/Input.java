package io.jettison.cownetdisk.internal;

import io.jettison.nbd.NbdTransmission;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * What came over a connection and is not understood yet. The channel reads straight into it, so
 * that what is to be written is copied but once. On the disk's loop.
 */
final class Input extends DefaultMaxMessagesRecvByteBufAllocator {
  /** Most bytes to write that are held together; longer ones are written in pieces. */
  static final int PIECE = 256 << 10;

  private static final int ROOM = 64 << 10;
  private static final int BYTES = NbdTransmission.REQUEST_BYTES + PIECE + ROOM;

  private final ByteBuf buffer;

  Input(ByteBufAllocator allocator) {
    buffer = allocator.directBuffer(BYTES, BYTES);
  }

  ByteBuf buffer() {
    return buffer;
  }

  @Override
  public MaxMessageHandle newHandle() {
    return new MaxMessageHandle() {
      @Override
      public int guess() {
        return ROOM;
      }

      @Override
      public ByteBuf allocate(ByteBufAllocator unused) {
        if (!buffer.isReadable()) {
          buffer.clear();
        } else if (buffer.writableBytes() < ROOM) {
          buffer.discardReadBytes();
        }
        return buffer.retain();
      }
    };
  }

  void close() {
    buffer.release();
  }
}
