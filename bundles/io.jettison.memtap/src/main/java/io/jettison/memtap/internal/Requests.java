package io.jettison.memtap.internal;

import io.jettison.api.transport.Link;
import io.jettison.wire.page.PageMessages;
import java.nio.ByteBuffer;

/** Gathers pages to ask for and asks for them in as few messages as possible. On one link. */
final class Requests {
  private final long epoch;
  private final long[] batch = new long[PageMessages.MAX_REQUESTED];
  private int count;

  Requests(long epoch) {
    this.epoch = epoch;
  }

  /** Adds a page; returns bytes sent because the batch was full. */
  int add(Link link, long pfn) {
    int sent = count == batch.length ? send(link) : 0;
    batch[count++] = pfn;
    return sent;
  }

  /** Sends what was gathered; returns its bytes. */
  int send(Link link) {
    if (count == 0) {
      return 0;
    }
    int bytes = PageMessages.requestBytes(count);
    ByteBuffer message = link.begin(bytes);
    message.put(PageMessages.REQUEST).putLong(epoch).putShort((short) count);
    for (int i = 0; i < count; i++) {
      message.putLong(batch[i]);
    }
    link.end();
    link.flush();
    count = 0;
    return bytes;
  }

  void clear() {
    count = 0;
  }
}
