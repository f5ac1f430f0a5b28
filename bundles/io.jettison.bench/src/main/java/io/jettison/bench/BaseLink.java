package io.jettison.bench;

import io.jettison.api.memory.Pages;
import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.jettison.wire.page.PageMessages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.CRC32C;

/** A block link whose other end is a file in the same process. */
final class BaseLink implements Link {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread worker = new Thread(task, "base");
            worker.setDaemon(true);
            return worker;
          });
  private final FileChannel base;
  private final long epoch;
  private final LinkHandler handler;
  private final ByteBuffer request =
      ByteBuffer.allocateDirect(PageMessages.requestBytes(PageMessages.MAX_REQUESTED));
  private final ByteBuffer reply = ByteBuffer.allocateDirect(PageMessages.PAGE_BYTES);
  private final CRC32C crc = new CRC32C();

  /**
   * Opens it.
   *
   * @param base whose length is a multiple of a block
   */
  BaseLink(Path base, long epoch, LinkHandler handler) throws IOException {
    this.base = FileChannel.open(base);
    this.epoch = epoch;
    this.handler = handler;
    thread.execute(() -> handler.opened(this));
  }

  @Override
  public SocketAddress peer() {
    return new InetSocketAddress(0);
  }

  @Override
  public ByteBuffer begin(int length) {
    return request.clear().limit(length);
  }

  @Override
  public void end() {
    ByteBuffer asked =
        ByteBuffer.allocate(request.position()).put(request.flip()).position(PageMessages.COUNT_AT);
    thread.execute(() -> answer(asked));
  }

  private void answer(ByteBuffer asked) {
    for (int left = asked.getShort(); left > 0; left--) {
      long run = asked.getLong();
      long first = PageMessages.first(run);
      for (long block = first; block < first + PageMessages.count(run); block++) {
        answer(block);
      }
    }
  }

  private void answer(long block) {
    try {
      reply.clear().position(PageMessages.CONTENTS_AT);
      for (long at = Pages.offset(block); reply.hasRemaining(); ) {
        int length = base.read(reply, at);
        if (length < 0) {
          throw new IOException("the base was cut short");
        }
        at += length;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    crc.reset();
    crc.update(reply.position(PageMessages.CONTENTS_AT));
    reply.clear().put(PageMessages.PAGE).putLong(epoch).putLong(block);
    handler.message(this, reply.putInt((int) crc.getValue()).rewind());
  }

  @Override
  public void flush() {}

  @Override
  public long pending() {
    return 0;
  }

  @Override
  public Watch watch(int descriptor, Runnable readable) {
    throw new UnsupportedOperationException("disks have no descriptor of faults to be watched");
  }

  @Override
  public boolean execute(Runnable task) {
    thread.execute(task);
    return true;
  }

  @Override
  public void close() {
    // ends with the process
  }
}
