package io.jettison.disksrv.internal;

import io.jettison.api.memory.Pages;
import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.transport.Transport;
import io.jettison.wire.Hello;
import io.jettison.wire.HelloCodec;
import io.jettison.wire.Strings;
import io.jettison.wire.Welcome;
import io.jettison.wire.WelcomeCodec;
import io.jettison.wire.WireException;
import io.jettison.wire.page.PageMessages;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A server that reads blocks one request after the other, and again over every new link. */
final class BlockReader implements LinkHandler, AutoCloseable {
  private final Transport.Port port;
  private final long epoch;
  private final List<Request> requests = new ArrayList<>();
  private @Nullable Link link;
  private String greeted = "";

  /** Blocks being read. */
  private static final class Request {
    final int first;
    final BitSet missing = new BitSet();
    final ByteBuffer blocks;
    final CompletableFuture<ByteBuffer> result = new CompletableFuture<>();

    Request(int first, int count) {
      this.first = first;
      missing.set(first, first + count);
      blocks = ByteBuffer.allocate(count << Pages.SHIFT);
    }

    void came(int block, ByteBuffer contents) {
      if (missing.get(block)) {
        blocks.put((block - first) << Pages.SHIFT, contents, contents.position(), Pages.SIZE);
        missing.clear(block);
        if (missing.isEmpty()) {
          result.complete(blocks);
        }
      }
    }
  }

  BlockReader(Transport transport, long epoch) throws IOException {
    this.epoch = epoch;
    port =
        transport.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), opened -> this);
  }

  InetSocketAddress address() {
    return port.address();
  }

  synchronized void awaitLink() throws InterruptedException {
    while (link == null) {
      wait();
    }
  }

  synchronized String greeted() {
    return greeted;
  }

  synchronized CompletableFuture<ByteBuffer> read(int first, int count) {
    Request request = new Request(first, count);
    requests.add(request);
    Link now = link;
    if (now != null) {
      now.execute(() -> ask(now, request));
    }
    return request.result;
  }

  private void ask(Link on, Request request) {
    int count = request.blocks.capacity() >> Pages.SHIFT;
    ByteBuffer message = on.begin(PageMessages.requestBytes(1));
    message.put(PageMessages.REQUEST).putLong(epoch).putShort((short) 1);
    message.putLong(PageMessages.run(request.first, count));
    on.end();
    on.flush();
  }

  @Override
  public synchronized void message(Link from, ByteBuffer message) {
    try {
      if (from != link) {
        greet(from, HelloCodec.decode(message));
      } else {
        answer(message);
      }
    } catch (WireException e) {
      throw new AssertionError(e);
    }
  }

  private void greet(Link from, Hello hello) {
    greeted = hello.vm();
    ByteBuffer bytes = ByteBuffer.allocate(WelcomeCodec.MAX_BYTES);
    WelcomeCodec.encode(Welcome.accepted(), bytes);
    from.begin(bytes.flip().remaining()).put(bytes);
    from.end();
    from.flush();
    link = from;
    notifyAll();
    requests.stream().filter(request -> !request.result.isDone()).forEach(it -> ask(from, it));
  }

  private void answer(ByteBuffer message) throws WireException {
    byte type = message.get();
    if (message.getLong() != epoch) {
      throw new WireException("another epoch");
    }
    int first = (int) message.getLong();
    switch (type) {
      case PageMessages.PAGE -> came(first, message.position(PageMessages.CONTENTS_AT));
      case PageMessages.ZEROS -> {
        int count = message.getInt();
        for (int i = 0; i < count; i++) {
          came(first + i, ByteBuffer.allocate(Pages.SIZE));
        }
      }
      case PageMessages.REFUSAL -> {
        IOException refusal = new IOException(Strings.get(message));
        requests.forEach(request -> request.result.completeExceptionally(refusal));
      }
      default -> throw new WireException("a message of type " + type);
    }
  }

  private void came(int block, ByteBuffer contents) {
    requests.forEach(request -> request.came(block, contents));
  }

  @Override
  public synchronized void closed(Link gone, @Nullable Throwable cause) {
    if (link == gone) {
      link = null;
    }
  }

  @Override
  public void close() {
    port.close();
  }
}
