package io.jettison.server.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A descriptor on its way from a link's thread, which must not wait, to a VMM that loads it.
 * Thread-safe for one writer and one reader. Ends with an error unless all of it came as sent.
 */
final class DescriptorInbox implements ReadableByteChannel {
  // a hundred times what a VM with a handful of devices has
  private static final long MAX_BYTES = 64L << 20;

  @GuardedBy("this")
  private final Deque<ByteBuffer> parts = new ArrayDeque<>();

  @GuardedBy("this")
  private final CRC32C crc = new CRC32C();

  @GuardedBy("this")
  private long total;

  @GuardedBy("this")
  private boolean complete;

  @GuardedBy("this")
  private @Nullable String failure;

  synchronized void put(ByteBuffer part) throws IOException {
    total += part.remaining();
    if (total > MAX_BYTES) {
      throw new IOException("a descriptor of more than " + (MAX_BYTES >> 20) + " MiB");
    }
    crc.update(part.duplicate());
    ByteBuffer copy = ByteBuffer.allocate(part.remaining()).put(part.duplicate()).flip();
    parts.add(copy);
    notifyAll();
  }

  synchronized void end(long expectedTotal, int expectedCrc) {
    if (total == expectedTotal && (int) crc.getValue() == expectedCrc) {
      complete = true;
    } else {
      failure = "the descriptor was damaged on its way";
    }
    notifyAll();
  }

  synchronized void fail(String why) {
    if (!complete && failure == null) {
      failure = why;
    }
    notifyAll();
  }

  @Override
  public synchronized int read(ByteBuffer into) throws IOException {
    while (parts.isEmpty()) {
      if (failure != null) {
        throw new IOException(failure);
      }
      if (complete) {
        return -1;
      }
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
    int before = into.remaining();
    while (into.hasRemaining() && !parts.isEmpty()) {
      ByteBuffer part = parts.getFirst();
      int length = Math.min(part.remaining(), into.remaining());
      into.put(part.slice(part.position(), length));
      part.position(part.position() + length);
      if (!part.hasRemaining()) {
        parts.removeFirst();
      }
    }
    return before - into.remaining();
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public synchronized void close() {
    fail("closed");
  }
}
