package io.jettison.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gathers messages into buffers of its own and gives those to the channel. A buffer is used again
 * once the channel has let go of it, which is at once as long as the peer keeps up: then nothing is
 * allocated. On the event loop only.
 */
final class Outgoing {
  private static final int LENGTH_BYTES = Integer.BYTES;
  private static final int SLAB_BYTES = 128 << 10;
  private static final int MOST_SLABS = 16;

  private static final class Slab {
    final ByteBuf buffer;
    final ByteBuffer view;

    Slab(int bytes) {
      buffer = Unpooled.directBuffer(bytes, bytes);
      view = buffer.nioBuffer(0, bytes);
    }
  }

  private final Channel channel;
  private final @Nullable Runnable drained;
  private final List<Slab> slabs = new ArrayList<>();
  private @Nullable Slab current;
  private int length;
  private long unconfirmed;

  /**
   * For a channel.
   *
   * @param drained told when everything written has left, of a channel that tells of each write;
   *     null for one that does not
   */
  Outgoing(Channel channel, @Nullable Runnable drained) {
    this.channel = channel;
    this.drained = drained;
  }

  boolean confirms() {
    return drained != null;
  }

  /** Bytes given to a channel that {@linkplain #confirms confirms}, which have not left. */
  long unconfirmed() {
    return unconfirmed;
  }

  ByteBuffer begin(int bytes) {
    if (length > 0) {
      throw new IllegalStateException("a message was not ended");
    }
    Slab slab = current;
    if (slab == null || slab.buffer.writableBytes() < LENGTH_BYTES + bytes) {
      write();
      slab = free(LENGTH_BYTES + bytes);
      current = slab;
    }
    length = bytes;
    int at = slab.buffer.writerIndex();
    slab.view.clear().putInt(at, bytes);
    return slab.view.position(at + LENGTH_BYTES).limit(at + LENGTH_BYTES + bytes);
  }

  void end() {
    Slab slab = current;
    if (length == 0 || slab == null) {
      throw new IllegalStateException("no message was begun");
    }
    slab.buffer.writerIndex(slab.buffer.writerIndex() + LENGTH_BYTES + length);
    length = 0;
  }

  /** Gives what was gathered to the channel. */
  void write() {
    Slab slab = current;
    if (slab != null && slab.buffer.isReadable()) {
      current = null;
      if (drained == null) {
        ChannelFuture unused = channel.write(slab.buffer.retain(), channel.voidPromise());
      } else {
        confirm(slab.buffer, drained);
      }
    }
  }

  private void confirm(ByteBuf buffer, Runnable then) {
    int bytes = buffer.readableBytes();
    unconfirmed += bytes;
    ChannelFuture unused =
        channel
            .write(buffer.retain())
            .addListener(
                done -> {
                  unconfirmed -= bytes;
                  if (unconfirmed == 0 && done.isSuccess()) {
                    then.run();
                  }
                });
  }

  /** Bytes not yet given to the channel. */
  int gathered() {
    Slab slab = current;
    return slab == null ? 0 : slab.buffer.readableBytes();
  }

  private Slab free(int bytes) {
    for (int i = 0; i < slabs.size(); i++) {
      Slab slab = slabs.get(i);
      if (slab.buffer.refCnt() == 1 && slab.buffer.capacity() >= bytes) {
        slab.buffer.clear();
        return slab;
      }
    }
    if (slabs.size() >= MOST_SLABS) {
      slabs.remove(0).buffer.release(); // the channel still holds it
    }
    Slab fresh = new Slab(Math.max(SLAB_BYTES, bytes));
    slabs.add(fresh);
    return fresh;
  }

  /** Lets go of all buffers. */
  void close() {
    slabs.forEach(slab -> slab.buffer.release());
    slabs.clear();
    current = null;
    length = 0;
  }
}
