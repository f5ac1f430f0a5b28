package io.jettison.memtap.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.PagedMemory;
import io.jettison.api.memory.PagedMemory.FaultSink;
import io.jettison.api.memory.PagedMemory.Installed;
import io.jettison.api.prefetch.PrefetchPolicy.Known;
import io.jettison.api.prefetch.PrefetchPolicy.Plan;
import io.jettison.api.trace.TraceSink;
import io.jettison.api.transport.Link;
import io.jettison.memtap.Memtap.Tap;
import io.jettison.memtap.TapCounters;
import io.jettison.wire.WireException;
import io.jettison.wire.page.PageMessages;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fault service for one stay. All of it runs on the thread of the current page link, which also
 * polls for faults; the monitor only hands over from one link to the next and to readers of
 * counters, and is free otherwise.
 */
final class PageTap implements Tap {
  private static final Logger LOG = LoggerFactory.getLogger(PageTap.class);

  /** Longest latency told apart, in nanoseconds. */
  private static final long MAX_LATENCY = 3_600_000_000_000L;

  /** Most pages under way that no vCPU waits for. */
  private static final int MAX_AHEAD = 256;

  private final String vm;
  private final long epoch;
  private final PagedMemory memory;
  private final Consumer<PageTap> onClose;
  private final TraceSink trace;
  private final Prefetcher prefetcher;
  private final FaultSink sink = this::fault;
  private final Known known = this::isKnown;
  private final Plan plan = this::propose;

  @GuardedBy("this")
  private final Outstanding outstanding = new Outstanding();

  @GuardedBy("this")
  private final PageSet present = new PageSet();

  @GuardedBy("this")
  private final Requests requests;

  @GuardedBy("this")
  private final Histogram latency = new Histogram(MAX_LATENCY, 2);

  @GuardedBy("this")
  private final CRC32C crc = new CRC32C();

  @GuardedBy("this")
  private @Nullable PageSet populated;

  @GuardedBy("this")
  private @Nullable Link link;

  @GuardedBy("this")
  private Link.@Nullable Watch watch;

  @GuardedBy("this")
  private boolean closed;

  @GuardedBy("this")
  private boolean gone;

  @GuardedBy("this")
  private long now;

  @GuardedBy("this")
  private int ahead;

  @GuardedBy("this")
  private long faults;

  @GuardedBy("this")
  private long fetched;

  @GuardedBy("this")
  private long zero;

  @GuardedBy("this")
  private long prefetched;

  @GuardedBy("this")
  private long prefetchHits;

  @GuardedBy("this")
  private long received;

  @GuardedBy("this")
  private long sent;

  @GuardedBy("this")
  private long links;

  PageTap(
      String vm,
      long epoch,
      PagedMemory memory,
      Prefetcher prefetcher,
      TraceSink trace,
      Consumer<PageTap> onClose) {
    this.vm = vm;
    this.epoch = epoch;
    this.memory = memory;
    this.prefetcher = prefetcher;
    this.trace = trace;
    this.onClose = onClose;
    this.requests = new Requests(epoch);
  }

  String vm() {
    return vm;
  }

  long epoch() {
    return epoch;
  }

  @Override
  public synchronized void populated(PageSet pages) {
    populated = pages;
  }

  /** A page link came: it takes the place of the one before. On its thread. */
  synchronized void take(Link fresh) {
    if (closed || gone) {
      fresh.close();
      return;
    }
    release();
    link = fresh;
    links++;
    watch = fresh.watch(memory.descriptor(), () -> faults(fresh));
    // what was asked for over the link before is not known to have come: let it be faulted anew
    memory.retry();
  }

  /** A page link is gone. */
  synchronized void lose(Link lost) {
    if (link == lost) {
      release();
    }
  }

  @GuardedBy("this")
  private void release() {
    if (watch != null) {
      watch.close();
      watch = null;
    }
    if (link != null) {
      link.close();
      link = null;
    }
    outstanding.clear();
    requests.clear();
    ahead = 0;
  }

  private synchronized void faults(Link on) {
    if (on != link) {
      return;
    }
    now = System.nanoTime();
    int count = memory.drain(sink);
    if (count < 0) {
      vanish();
      return;
    }
    sent += requests.send(on);
    if (outstanding.size() > 0) {
      on.expect();
    }
  }

  @GuardedBy("this")
  private void vanish() {
    gone = true;
    LOG.info("{} is gone; its faults end", vm);
    release();
  }

  // Called by drain(), which faults() calls in the monitor.
  @SuppressWarnings("GuardedBy")
  private void fault(long pfn, boolean write) {
    Link on = link;
    if (on == null) {
      return;
    }
    long known = outstanding.get(pfn);
    if (known == Outstanding.NOBODY) {
      prefetchHits++;
      ahead--;
      outstanding.put(pfn, now);
      return;
    }
    if (known != Outstanding.ABSENT) {
      return;
    }
    trace.event(vm, now, TraceSink.Kind.FAULT, pfn);
    if (populated != null && !populated.contains(pfn)) {
      installed(pfn, memory.installZero(pfn), now, true);
      return;
    }
    outstanding.put(pfn, now);
    sent += requests.add(on, pfn);
    prefetcher.fault(pfn, this.known, plan);
  }

  @SuppressWarnings("GuardedBy")
  private boolean isKnown(long pfn) {
    return !memory.map().contains(pfn)
        || present.contains(pfn)
        || outstanding.contains(pfn)
        || (populated != null && !populated.contains(pfn));
  }

  @SuppressWarnings("GuardedBy")
  private long propose(long first, long count) {
    Link on = link;
    for (long pfn = first; on != null && pfn < first + count && ahead < MAX_AHEAD; pfn++) {
      if (!isKnown(pfn)) {
        outstanding.put(pfn, Outstanding.NOBODY);
        ahead++;
        sent += requests.add(on, pfn);
      }
    }
    return (long) MAX_AHEAD - ahead;
  }

  /** A reply came; on the link's thread. */
  synchronized void reply(Link from, ByteBuffer message) throws WireException {
    if (from != link) {
      return;
    }
    int length = message.remaining();
    int at = message.position();
    received += length;
    if (length < PageMessages.ZERO_BYTES || message.getLong(at + PageMessages.EPOCH_AT) != epoch) {
      throw new WireException("a page reply that is cut short or of another epoch");
    }
    long pfn = message.getLong(at + PageMessages.PFN_AT);
    long since = outstanding.remove(pfn);
    if (since == Outstanding.ABSENT) {
      throw new WireException("page " + pfn + " was not asked for");
    }
    if (since == Outstanding.NOBODY) {
      ahead--;
    }
    byte type = message.get(at);
    if (type == PageMessages.PAGE && length == PageMessages.PAGE_BYTES) {
      check(message, at, pfn);
      installed(pfn, install(pfn, message, at + PageMessages.CONTENTS_AT), since, false);
    } else if (type == PageMessages.ZERO) {
      installed(pfn, memory.installZero(pfn), since, true);
    } else {
      throw new WireException("the desktop cannot give page " + pfn);
    }
    if (outstanding.size() > 0) {
      from.expect();
    }
  }

  @GuardedBy("this")
  private void check(ByteBuffer message, int at, long pfn) throws WireException {
    int position = message.position();
    int contents = at + PageMessages.CONTENTS_AT;
    crc.reset();
    message.position(contents);
    crc.update(message);
    message.position(position);
    if ((int) crc.getValue() != message.getInt(at + PageMessages.CRC_AT)) {
      throw new WireException("page " + pfn + " was damaged on its way");
    }
  }

  @GuardedBy("this")
  private Installed install(long pfn, ByteBuffer source, int at) {
    Installed outcome = memory.install(pfn, source, at);
    while (outcome == Installed.AGAIN) {
      Thread.onSpinWait(); // the hypervisor changes its address space: microseconds
      outcome = memory.install(pfn, source, at);
    }
    return outcome;
  }

  @GuardedBy("this")
  private void installed(long pfn, Installed outcome, long since, boolean isZero) {
    Installed last = outcome;
    while (last == Installed.AGAIN) {
      Thread.onSpinWait();
      last = memory.installZero(pfn);
    }
    if (last == Installed.GONE) {
      vanish();
      return;
    }
    present.add(pfn);
    if (isZero) {
      zero++;
    } else {
      fetched++;
    }
    if (since == Outstanding.NOBODY) {
      prefetched += isZero ? 0 : 1;
      trace.event(vm, now, TraceSink.Kind.PREFETCH, pfn);
    } else {
      faults++;
      latency.recordValue(Math.min(MAX_LATENCY, Math.max(1, System.nanoTime() - since)));
    }
  }

  @Override
  public synchronized TapCounters counters() {
    boolean none = latency.getTotalCount() == 0;
    return new TapCounters(
        faults,
        fetched,
        zero,
        prefetched,
        prefetchHits,
        received,
        sent,
        none ? 0 : latency.getValueAtPercentile(50),
        none ? 0 : latency.getValueAtPercentile(99),
        none ? 0 : latency.getMaxValue(),
        links);
  }

  @Override
  public synchronized boolean linked() {
    return link != null;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      release();
    }
    onClose.accept(this);
  }
}
