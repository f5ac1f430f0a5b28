package io.jettison.memsrv.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.transport.Transport;
import io.jettison.memsrv.Memsrv.Serving;
import io.jettison.wire.Hello;
import io.jettison.wire.HelloCodec;
import io.jettison.wire.Strings;
import io.jettison.wire.WelcomeCodec;
import io.jettison.wire.WireException;
import io.jettison.wire.page.PageMessages;
import io.jettison.wire.wake.HardwareAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Page service for one stay: dials, answers, and dials again. */
final class PageService implements Serving {
  private static final Logger LOG = LoggerFactory.getLogger(PageService.class);
  private static final long FIRST_RETRY_MILLIS = 100;
  private static final long LAST_RETRY_MILLIS = 2_000;
  private static final int REASON_BYTES = 1000;
  private static final int CHUNK_PAGES = 16;
  private static final int MOST_EARLY = 256;

  private final Transport transport;
  private final ScheduledExecutorService redial;
  private final Hello hello;
  private final Residual residual;
  private final InetSocketAddress server;
  private final Consumer<PageService> onClose;
  private final int caller = ThreadLocalRandom.current().nextInt();
  private final AtomicLong pagesSent = new AtomicLong();
  private final AtomicLong bytesSent = new AtomicLong();
  private volatile long lastRequest = System.nanoTime();

  // Guarded so that a request is answered whole or not at all when the service ends.
  @GuardedBy("this")
  private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_PAGES << Pages.SHIFT);

  @GuardedBy("this")
  private final Packing packing;

  @GuardedBy("this")
  private final CRC32C crc = new CRC32C();

  @GuardedBy("this")
  private boolean begun;

  /** Requests that came before the beginning. */
  @GuardedBy("this")
  private final Deque<ByteBuffer> early = new ArrayDeque<>();

  @GuardedBy("this")
  private boolean closed;

  /** The newest link. */
  @GuardedBy("this")
  private @Nullable Link current;

  /** That before it, until the server has taken the newest. */
  @GuardedBy("this")
  private @Nullable Link previous;

  @GuardedBy("this")
  private int calls;

  /** The newest call, until the server has taken its link or it failed. */
  @GuardedBy("this")
  private @Nullable Call calling;

  /** The server has taken the newest link. */
  @GuardedBy("this")
  private boolean welcome;

  /** Completed when it next takes one; null: nobody waits for that. */
  @GuardedBy("this")
  private @Nullable CompletableFuture<Void> relinked;

  @GuardedBy("this")
  private long retryMillis = FIRST_RETRY_MILLIS;

  PageService(
      Transport transport,
      ScheduledExecutorService redial,
      Hello hello,
      Residual residual,
      InetSocketAddress server,
      Packing packing,
      Consumer<PageService> onClose) {
    this.transport = transport;
    this.redial = redial;
    this.hello = hello;
    this.residual = residual;
    this.server = server;
    this.packing = packing;
    this.onClose = onClose;
  }

  /** A call to the server and the link it may yield. A newer call takes the place of an older. */
  private final class Call implements LinkHandler {
    private final Hello hello;

    Call(Hello hello) {
      this.hello = hello;
    }

    @Override
    public void opened(Link link) {
      PageService.this.opened(this, link);
    }

    @Override
    public void message(Link link, ByteBuffer message) {
      PageService.this.message(link, message);
    }

    @Override
    public void closed(Link link, @Nullable Throwable cause) {
      lost(link, cause == null ? "the server closed it" : String.valueOf(cause.getMessage()));
    }
  }

  void dial() {
    Call call;
    synchronized (this) {
      if (closed) {
        return;
      }
      call = newCall();
    }
    dial(call);
  }

  /** In one step with the decision to call: a link that is taken since then needs no other. */
  @GuardedBy("this")
  private Call newCall() {
    Call call = new Call(hello.as(new Hello.Call(caller, ++calls)));
    calling = call;
    return call;
  }

  private void dial(Call call) {
    transport
        .connect(server, call)
        .whenComplete(
            (link, failure) -> {
              if (failure != null) {
                failed(call, String.valueOf(failure.getMessage()));
              }
            });
  }

  private synchronized void failed(Call call, String why) {
    if (call == calling) {
      again(why);
    }
  }

  private synchronized void lost(Link link, String why) {
    if (link == current) {
      boolean replaced = welcome && calling != null;
      current = null;
      welcome = false;
      early.clear();
      retire();
      if (!replaced) { // else by a call under way
        again(why);
      }
    }
  }

  @GuardedBy("this")
  private void again(String why) {
    calling = null;
    if (closed) {
      return;
    }
    LOG.info("no page link for {} to {}: {}", hello.vm(), server, why);
    try {
      Future<?> unused = redial.schedule(this::redial, retryMillis, TimeUnit.MILLISECONDS);
      retryMillis = Math.min(2 * retryMillis, LAST_RETRY_MILLIS);
    } catch (RejectedExecutionException e) {
      LOG.debug("the page service is being stopped");
    }
  }

  private void redial() {
    Call call;
    synchronized (this) {
      if (closed || calling != null || (welcome && relinked == null)) {
        return; // somebody was quicker
      }
      call = newCall();
    }
    dial(call);
  }

  @Override
  public CompletionStage<Void> relink() {
    CompletableFuture<Void> done;
    Call call;
    synchronized (this) {
      done = relinked == null ? new CompletableFuture<>() : relinked;
      if (closed) {
        done.cancel(false);
        return done;
      }
      relinked = done;
      call = newCall(); // also if one is under way: its packets may have been sent into the sleep
    }
    dial(call);
    return done;
  }

  private synchronized void opened(Call call, Link link) {
    if (closed || call != calling) {
      link.close();
      return;
    }
    retire();
    previous = current;
    current = link;
    welcome = false;
    early.clear();
    ByteBuffer bytes = ByteBuffer.allocate(HelloCodec.MAX_BYTES);
    HelloCodec.encode(call.hello.from(HardwareAddress.towards(server)), bytes);
    bytes.flip();
    bytesSent.addAndGet(bytes.remaining());
    link.begin(bytes.remaining()).put(bytes);
    link.end();
    link.flush();
  }

  @GuardedBy("this")
  private void retire() {
    Link old = previous;
    previous = null;
    if (old != null) {
      old.close();
    }
  }

  private void message(Link link, ByteBuffer message) {
    CompletableFuture<Void> done = heard(link, message);
    if (done != null) {
      done.complete(null); // outside the monitor, since anything may follow
    }
  }

  /** Deals with a message; returns what is to be completed. */
  private synchronized @Nullable CompletableFuture<Void> heard(Link link, ByteBuffer message) {
    if (closed || link != current) {
      return null;
    }
    try {
      if (!welcome) {
        return greeted(link, message);
      } else if (begun) {
        lastRequest = System.nanoTime();
        answer(link, message);
        link.flush();
        link.expect(); // a VM that got its page touches the next one
      } else if (early.size() < MOST_EARLY) {
        early.add(ByteBuffer.allocate(message.remaining()).put(message).flip());
      } else {
        throw new WireException("too many requests before the VM has left");
      }
    } catch (WireException e) {
      LOG.warn("the page link of {} is closed: {}", hello.vm(), e.getMessage());
      link.close();
    }
    return null;
  }

  @Override
  public void begin() {
    Link on;
    synchronized (this) {
      begun = true;
      on = current;
    }
    if (on != null) {
      on.execute(() -> answerEarly(on));
    }
  }

  private synchronized void answerEarly(Link on) {
    for (ByteBuffer request = early.poll(); request != null; request = early.poll()) {
      CompletableFuture<Void> unused = heard(on, request); // null: greeted long since
    }
  }

  @GuardedBy("this")
  private @Nullable CompletableFuture<Void> greeted(Link link, ByteBuffer message)
      throws WireException {
    if (WelcomeCodec.decode(message).outcome() instanceof Refused<Nothing> refused) {
      LOG.info("pages of {} are not wanted: {}", hello.vm(), refused.oneLine());
      link.close();
      return null;
    }
    welcome = true;
    calling = null;
    retryMillis = FIRST_RETRY_MILLIS;
    retire();
    CompletableFuture<Void> done = relinked;
    relinked = null;
    return done;
  }

  @Override
  public String vm() {
    return hello.vm();
  }

  @Override
  public boolean push(long pfn) {
    Link on;
    synchronized (this) {
      on = current;
      if (!welcome || !begun || !residual.map().contains(pfn)) {
        return false;
      }
    }
    return on != null && on.execute(() -> push(on, pfn));
  }

  // Over a link that was welcome: a newer one may have opened by now, which is not yet.
  private synchronized void push(Link on, long pfn) {
    if (on == current ? welcome : on == previous) {
      lastRequest = System.nanoTime();
      answer(on, pfn, 1);
      on.flush();
    }
  }

  @GuardedBy("this")
  private void answer(Link link, ByteBuffer request) throws WireException {
    if (request.remaining() < PageMessages.REQUEST_HEADER
        || request.get() != PageMessages.REQUEST) {
      throw new WireException("not a request for pages");
    }
    long epoch = request.getLong();
    if (epoch != hello.epoch()) {
      throw new WireException("a request of epoch " + epoch + " in epoch " + hello.epoch());
    }
    int count = Short.toUnsignedInt(request.getShort());
    if (request.remaining() != Long.BYTES * count) {
      throw new WireException("a request of a wrong length");
    }
    int pages = 0;
    for (int i = 0; i < count; i++) {
      long run = request.getLong();
      pages += PageMessages.count(run);
      if (pages > PageMessages.MAX_REQUESTED) {
        throw new WireException("a request for too many pages");
      }
      answer(link, PageMessages.first(run), PageMessages.count(run));
    }
  }

  @GuardedBy("this")
  private void answer(Link link, long first, int count) {
    for (int done = 0; done < count; ) {
      int now = Math.min(count - done, CHUNK_PAGES);
      chunk.clear().limit(now << Pages.SHIFT);
      try {
        residual.read(first + done, chunk);
      } catch (IOException e) {
        LOG.error("page {} of {} cannot be read", first + done, hello.vm(), e);
        refuse(link, first + done, String.valueOf(e.getMessage()));
        return;
      }
      send(link, first + done, now);
      done += now;
    }
  }

  /** Sends pages that were read into the chunk. */
  @GuardedBy("this")
  private void send(Link link, long first, int count) {
    int zeros = 0;
    for (int i = 0; i < count; i++) {
      if (isZero(chunk.clear(), i << Pages.SHIFT)) {
        zeros++;
        continue;
      }
      zeros(link, first + i - zeros, zeros);
      zeros = 0;
      chunk.limit((i + 1) << Pages.SHIFT).position(i << Pages.SHIFT);
      page(link, first + i);
    }
    zeros(link, first + count - zeros, zeros);
  }

  private void zeros(Link link, long first, int count) {
    if (count > 0) {
      header(link.begin(PageMessages.ZEROS_BYTES), PageMessages.ZEROS, first).putInt(count);
      link.end();
      bytesSent.addAndGet(PageMessages.ZEROS_BYTES);
    }
  }

  @GuardedBy("this")
  private void page(Link link, long pfn) {
    int at = chunk.position();
    crc.reset();
    crc.update(chunk);
    chunk.position(at);
    int packed = packing.wanted(link) ? packing.pack(chunk) : 0;
    int length = packed > 0 ? PageMessages.CONTENTS_AT + packed : PageMessages.PAGE_BYTES;
    byte type = packed > 0 ? PageMessages.PACKED : PageMessages.PAGE;
    ByteBuffer reply = header(link.begin(length), type, pfn).putInt((int) crc.getValue());
    reply.put(packed > 0 ? packing.packed() : chunk);
    link.end();
    pagesSent.incrementAndGet();
    bytesSent.addAndGet(length);
  }

  private void refuse(Link link, long pfn, String why) {
    ByteBuffer reason = ByteBuffer.allocate(REASON_BYTES + Short.BYTES);
    Strings.putCut(reason, why, REASON_BYTES);
    reason.flip();
    int length = PageMessages.REFUSAL_BYTES + reason.remaining();
    header(link.begin(length), PageMessages.REFUSAL, pfn).put(reason);
    link.end();
    bytesSent.addAndGet(length);
  }

  private ByteBuffer header(ByteBuffer into, byte type, long pfn) {
    return into.put(type).putLong(hello.epoch()).putLong(pfn);
  }

  private static boolean isZero(ByteBuffer pages, int from) {
    for (int at = from; at < from + Pages.SIZE; at += Long.BYTES) {
      if (pages.getLong(at) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public long pagesSent() {
    return pagesSent.get();
  }

  @Override
  public long bytesSent() {
    return bytesSent.get();
  }

  @Override
  public long lastRequestNanos() {
    return lastRequest;
  }

  @Override
  public synchronized boolean linked() {
    return welcome;
  }

  @Override
  public void close() {
    Link link;
    CompletableFuture<Void> waiting;
    synchronized (this) {
      closed = true;
      link = current;
      current = null;
      welcome = false;
      waiting = relinked;
      relinked = null;
      retire();
    }
    if (link != null) {
      link.close();
    }
    if (waiting != null) {
      waiting.cancel(false);
    }
    onClose.accept(this);
  }
}
