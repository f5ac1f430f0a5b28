package io.jettison.disksrv.internal;

import io.jettison.api.disk.DiskTarget;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An image as a helper program writes it. */
final class Qcow2Target implements DiskTarget {
  private final ServedImage served;

  Qcow2Target(ServedImage served) {
    this.served = served;
  }

  @Override
  public void write(long block, ByteBuffer from) throws IOException {
    Span span = Span.ofBytes(served.client().bytes(), block, from.remaining());
    int end = from.limit();
    from.limit(from.position() + (int) span.length());
    served.client().write(span.offset(), from);
    from.limit(end).position(end);
  }

  @Override
  public void zero(long block, long count) throws IOException {
    Span span = Span.of(served.client().bytes(), block, count);
    served.client().zero(span.offset(), span.length());
  }

  @Override
  public void sync() throws IOException {
    served.client().flush();
  }

  @Override
  public void close() throws IOException {
    try {
      served.client().disconnect();
      served.awaitEnd();
    } finally {
      served.end();
    }
  }
}
