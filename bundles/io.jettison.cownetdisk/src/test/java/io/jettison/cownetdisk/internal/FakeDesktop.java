package io.jettison.cownetdisk.internal;

import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.jettison.wire.page.PageMessages;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32C;

/** A desktop at the other end of a block link, with an image in memory. */
final class FakeDesktop implements Link, AutoCloseable {
  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private final byte[] image;
  private final long epoch;
  private final LinkHandler handler;
  private final ByteBuffer begun = ByteBuffer.allocateDirect(1 << 16);
  private volatile boolean closed;
  private final UnaryOperator<ByteBuffer> damage;
  final AtomicInteger asked = new AtomicInteger();

  FakeDesktop(byte[] image, long epoch, LinkHandler handler) {
    this(image, epoch, handler, UnaryOperator.identity());
  }

  /** One that changes what it sends. It may be asked before its constructor has returned. */
  FakeDesktop(byte[] image, long epoch, LinkHandler handler, UnaryOperator<ByteBuffer> damage) {
    this.damage = damage;
    this.image = image;
    this.epoch = epoch;
    this.handler = handler;
    thread.execute(() -> handler.opened(this));
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public SocketAddress peer() {
    return new InetSocketAddress(0);
  }

  @Override
  public ByteBuffer begin(int length) {
    return begun.clear().limit(length);
  }

  @Override
  public void end() {
    begun.flip();
    begun.get();
    long from = begun.getLong();
    if (from != epoch) {
      throw new AssertionError("a request of epoch " + from);
    }
    int count = begun.getShort();
    ByteBuffer request = ByteBuffer.allocate(begun.remaining()).put(begun).flip();
    thread.execute(() -> answer(request, count));
  }

  private void answer(ByteBuffer request, int count) {
    for (int i = 0; i < count; i++) {
      long run = request.getLong();
      for (int j = 0; j < PageMessages.count(run); j++) {
        asked.incrementAndGet();
        reply(PageMessages.first(run) + j);
      }
    }
  }

  private void reply(long block) {
    byte[] contents = new byte[Pages.SIZE];
    int at = (int) Pages.offset(block);
    System.arraycopy(image, at, contents, 0, Math.min(Pages.SIZE, image.length - at));
    ByteBuffer reply = ByteBuffer.allocateDirect(PageMessages.PAGE_BYTES);
    if (ByteBuffer.wrap(contents).mismatch(ByteBuffer.allocate(Pages.SIZE)) < 0) {
      reply.put(PageMessages.ZEROS).putLong(epoch).putLong(block).putInt(1);
    } else {
      CRC32C crc = new CRC32C();
      crc.update(contents);
      reply.put(PageMessages.PAGE).putLong(epoch).putLong(block).putInt((int) crc.getValue());
      reply.put(contents);
    }
    if (!closed) {
      handler.message(this, damage.apply(reply.flip()));
    }
  }

  @Override
  public void flush() {}

  @Override
  public long pending() {
    return 0;
  }

  @Override
  public Watch watch(int descriptor, Runnable readable) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean execute(Runnable task) {
    if (!thread.isShutdown()) {
      thread.execute(task);
    }
    return !closed;
  }

  /** The set of blocks of an image that are not zero. */
  static PageSet allocated(byte[] image) {
    PageSet set = new PageSet();
    for (int i = 0; i < image.length; i++) {
      if (image[i] != 0) {
        set.add(i >> Pages.SHIFT);
      }
    }
    return set;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (!thread.isShutdown()) {
        thread.execute(() -> handler.closed(this, null));
      }
    }
  }

  /** Waits for what is under way. */
  void end(long seconds) {
    close();
    thread.shutdown();
    try {
      if (!thread.awaitTermination(seconds, TimeUnit.SECONDS)) {
        throw new AssertionError("the desktop does not end");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
