package io.jettison.cownetdisk.internal;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gathers replies into buffers of its own and gives those to the channel. A buffer is used again
 * once the channel has let go of it: while the client keeps up, nothing is allocated. Parts of
 * files go between them without being copied. On the disk's loop.
 */
final class Replies {
  /** Most bytes begun at once. */
  static final int MOST = (256 << 10) + 64;

  private static final int MOST_SLABS = 8;

  private static final class Slab {
    final ByteBuf buffer;
    final ByteBuffer view;

    Slab(ByteBuf buffer) {
      this.buffer = buffer;
      this.view = buffer.nioBuffer(0, MOST);
    }
  }

  private final Channel channel;
  private final List<Slab> slabs = new ArrayList<>();
  private @Nullable Slab current;
  private boolean given;
  private boolean closed;

  Replies(Channel channel) {
    this.channel = channel;
  }

  /**
   * Begins a piece of a reply, which counts once it is {@linkplain #end ended}: one that was begun
   * and not ended never was.
   *
   * @return big-endian, with exactly that much room
   */
  ByteBuffer begin(int bytes) {
    Slab slab = current;
    if (slab == null || slab.buffer.writableBytes() < bytes) {
      flush(); // so that the client reads these while the next are made
      slab = free();
      current = slab;
    }
    int at = slab.buffer.writerIndex();
    return slab.view.clear().position(at).limit(at + bytes);
  }

  /** Ends the piece begun, where the buffer's position is. */
  void end() {
    Slab slab = current;
    if (slab == null) {
      throw new IllegalStateException("no reply was begun");
    }
    slab.buffer.writerIndex(slab.view.position());
  }

  /**
   * Sends what was ended, and then a part of a slice, which the kernel reads when it sends it. If
   * it cannot, the channel is closed, and the next reads of the slice are copied, which can tell
   * why.
   */
  void send(SliceFile slice, long at, int length) {
    give();
    current = null;
    if (!closed) {
      given = true;
      ChannelFuture unused =
          channel.writeAndFlush(slice.part(at, length)).addListener(slice.sent());
    }
  }

  /** Sends what was ended; returns whether anything was sent since the last time. */
  boolean flush() {
    give();
    current = null;
    boolean any = given;
    given = false;
    if (any) {
      channel.flush();
    }
    return any;
  }

  private void give() {
    Slab slab = current;
    if (slab != null && slab.buffer.isReadable() && !closed) {
      given = true;
      ByteBuf ended = slab.buffer.readRetainedSlice(slab.buffer.readableBytes());
      ChannelFuture unused = channel.write(ended, channel.voidPromise());
    }
  }

  private Slab free() {
    for (int i = 0; i < slabs.size(); i++) {
      Slab slab = slabs.get(i);
      if (slab.buffer.refCnt() == 1) {
        slab.buffer.clear();
        return slab;
      }
    }
    if (slabs.size() >= MOST_SLABS) {
      slabs.remove(0).buffer.release(); // the channel still holds it
    }
    Slab fresh = new Slab(channel.alloc().directBuffer(MOST, MOST));
    slabs.add(fresh);
    return fresh;
  }

  /** Lets go of all buffers. */
  void close() {
    closed = true;
    slabs.forEach(slab -> slab.buffer.release());
    slabs.clear();
    current = null;
  }
}
