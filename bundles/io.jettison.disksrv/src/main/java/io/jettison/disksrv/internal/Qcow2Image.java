package io.jettison.disksrv.internal;

import io.jettison.api.disk.DiskImage;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An image as a helper program reads it. */
final class Qcow2Image implements DiskImage {
  private final ServedImage served;

  Qcow2Image(ServedImage served) {
    this.served = served;
  }

  @Override
  public long bytes() {
    return served.client().bytes();
  }

  @Override
  public PageSet allocated() throws IOException {
    PageSet blocks = new PageSet();
    for (long at = 0; at < bytes(); ) {
      at = extents(at, blocks); // reads may come between
    }
    return blocks;
  }

  private synchronized long extents(long from, PageSet blocks) throws IOException {
    return served
        .client()
        .extents(
            from,
            (offset, length) -> {
              long first = offset >> Pages.SHIFT;
              blocks.add(first, Pages.holding(offset + length) - first);
            });
  }

  @Override
  public synchronized void read(long block, ByteBuffer into) throws IOException {
    Span span = Span.ofBytes(bytes(), block, into.remaining());
    int end = into.limit();
    into.limit(into.position() + (int) span.length());
    served.client().read(span.offset(), into);
    into.limit(end);
    while (into.hasRemaining()) {
      into.put((byte) 0);
    }
  }

  // not synchronized: it ends a read that waits
  @Override
  public void close() {
    served.end();
  }
}
