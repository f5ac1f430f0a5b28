package io.jettison.memtap.internal;

import io.jettison.api.transport.Link;
import io.jettison.wire.page.PageMessages;
import java.nio.ByteBuffer;

/** Gathers pages to ask for and asks for them in as few messages as possible. On one link. */
final class Requests {
  private final long epoch;
  private final long[] runs = new long[PageMessages.MAX_REQUESTED];
  private int count;
  private int pages;

  Requests(long epoch) {
    this.epoch = epoch;
  }

  /** Adds a page; returns bytes sent because the message was full. */
  int add(Link link, long pfn) {
    int sent = pages == PageMessages.MAX_REQUESTED ? send(link) : 0;
    pages++;
    if (count > 0) {
      long last = runs[count - 1];
      int length = PageMessages.count(last);
      if (PageMessages.first(last) + length == pfn) {
        runs[count - 1] = PageMessages.run(PageMessages.first(last), length + 1);
        return sent;
      }
    }
    runs[count++] = PageMessages.run(pfn, 1);
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
      message.putLong(runs[i]);
    }
    link.end();
    link.flush();
    clear();
    return bytes;
  }

  void clear() {
    count = 0;
    pages = 0;
  }
}
