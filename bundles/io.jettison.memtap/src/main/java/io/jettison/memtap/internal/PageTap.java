package io.jettison.memtap.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.PagedMemory;
import io.jettison.api.memory.PagedMemory.FaultSink;
import io.jettison.api.memory.PagedMemory.Installed;
import io.jettison.api.memory.Pages;
import io.jettison.api.prefetch.PrefetchPolicy;
import io.jettison.api.prefetch.PrefetchPolicy.Known;
import io.jettison.api.prefetch.PrefetchPolicy.Plan;
import io.jettison.api.trace.TraceSink;
import io.jettison.api.transport.Link;
import io.jettison.api.wake.NeedSink;
import io.jettison.memtap.Memtap.NearPages;
import io.jettison.memtap.Memtap.Tap;
import io.jettison.memtap.TapCounters;
import io.jettison.wire.Hello;
import io.jettison.wire.WireException;
import io.jettison.wire.page.PageMessages;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fault service for one stay. All of it runs on the thread of the current page link, which also
 * polls for faults; without a link, on that of the {@linkplain Orphans orphans}, for what can be
 * served from here. The monitor only hands over from one to the next and to readers of counters,
 * and is free otherwise.
 */
final class PageTap implements Tap {
  private static final Logger LOG = LoggerFactory.getLogger(PageTap.class);
  private static final LZ4SafeDecompressor UNPACKER =
      LZ4Factory.fastestInstance().safeDecompressor();

  /** Longest latency told apart, in nanoseconds. */
  private static final long MAX_LATENCY = 3_600_000_000_000L;

  /**
   * Most pages under way that no vCPU waits for: 2 ms of a 1 Gb/s link, since a fault's answer
   * comes after theirs.
   */
  private static final int MAX_AHEAD = 64;

  private final String vm;
  private final long epoch;
  private final PagedMemory memory;
  private final PageBuffer buffer;
  private final Orphans orphans;
  private final FirstTouches expected;
  private final Consumer<PageTap> onClose;
  private final TraceSink trace;
  private final NeedSink desktop;
  private final Prefetcher prefetcher;
  private final FaultSink sink = this::fault;
  private final Known known = this::isKnown;
  private final Plan plan = this::propose;

  @GuardedBy("this")
  private final Outstanding outstanding = new Outstanding();

  @GuardedBy("this")
  private final PageSet present = new PageSet();

  @GuardedBy("this")
  private final FirstTouches first = new FirstTouches();

  @GuardedBy("this")
  private final PageSet zeros = new PageSet();

  @GuardedBy("this")
  private final Requests requests;

  @GuardedBy("this")
  private final Histogram latency = new Histogram(MAX_LATENCY, 2);

  @GuardedBy("this")
  private final CRC32C crc = new CRC32C();

  @GuardedBy("this")
  private final ByteBuffer unpacked = ByteBuffer.allocateDirect(Pages.SIZE);

  @GuardedBy("this")
  private @Nullable PageSet populated;

  @GuardedBy("this")
  private @Nullable NearPages near;

  @GuardedBy("this")
  private Hello.Call newest = Hello.Call.ONLY;

  @GuardedBy("this")
  private @Nullable Link link;

  @GuardedBy("this")
  private Link.@Nullable Watch watch;

  @GuardedBy("this")
  private boolean closed;

  @GuardedBy("this")
  private boolean gone;

  @GuardedBy("this")
  private boolean running;

  @GuardedBy("this")
  private boolean mayEvict;

  @GuardedBy("this")
  private long now;

  @GuardedBy("this")
  private int ahead;

  @GuardedBy("this")
  private long faults;

  @GuardedBy("this")
  private long waits;

  @GuardedBy("this")
  private long fetched;

  @GuardedBy("this")
  private long zero;

  @GuardedBy("this")
  private long kept;

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
      PageSet resident,
      PageBuffer buffer,
      Orphans orphans,
      FirstTouches expected,
      TraceSink trace,
      NeedSink desktop,
      Consumer<PageTap> onClose) {
    this.vm = vm;
    this.epoch = epoch;
    this.memory = memory;
    this.buffer = buffer;
    this.orphans = orphans;
    this.expected = expected;
    this.trace = trace;
    this.desktop = desktop;
    this.onClose = onClose;
    this.prefetcher = new Prefetcher(vm, memory.map());
    this.requests = new Requests(epoch);
    present.addAll(resident);
    orphans.add(this);
  }

  String vm() {
    return vm;
  }

  long epoch() {
    return epoch;
  }

  int descriptor() {
    return memory.descriptor();
  }

  /** Has a policy asked from now on; null for none. */
  void use(@Nullable PrefetchPolicy policy) {
    prefetcher.use(policy, touched());
    offerSoon();
  }

  @Override
  public void running() {
    synchronized (this) {
      running = true;
    }
    offerSoon();
  }

  private void offerSoon() {
    Link on;
    synchronized (this) {
      on = link;
    }
    if (on != null) {
      on.execute(() -> offer(on));
    }
  }

  /** What was touched first; what was expected to be, if nothing was. */
  synchronized FirstTouches first() {
    return first.size() > 0 ? first : expected;
  }

  @Override
  public long[] firstTouches() {
    return expected.pfns();
  }

  @Override
  public void reconsider() {
    synchronized (this) {
      prefetcher.reconsider();
    }
    offerSoon();
  }

  @Override
  public PageSet absent() {
    PageSet absent;
    synchronized (this) {
      absent = populated == null ? all() : populated.copy();
      absent.removeAll(present);
      absent.removeAll(zeros);
    }
    return absent;
  }

  private PageSet all() {
    PageSet all = new PageSet();
    memory.map().ranges().forEach(range -> all.add(range.first(), range.count()));
    return all;
  }

  @Override
  public synchronized void zeros(long first, long count) {
    zeros.add(first, count);
  }

  private synchronized PageSet touched() {
    return present.copy();
  }

  @Override
  public synchronized void populated(PageSet pages) {
    populated = pages;
  }

  @Override
  public synchronized void near(NearPages pages) {
    near = pages;
  }

  /** A page link came: it takes the place of an earlier one. On its thread. */
  synchronized void take(Link fresh, Hello.Call call) {
    if (closed || gone || call.isBefore(newest)) {
      fresh.close();
      return;
    }
    newest = call;
    orphans.remove(this);
    release();
    link = fresh;
    links++;
    watch = fresh.watch(memory.descriptor(), () -> faults(fresh));
    // pages that vCPUs wait for are asked for anew, and those a predecessor knew of fault again
    long[] waited = outstanding.pfns();
    for (long pfn : waited) {
      desktop.asked(pfn);
      sent += requests.add(fresh, pfn);
    }
    for (long pfn : waited) {
      ahead(pfn);
    }
    memory.retry();
    if (!running) {
      mayEvict = true;
      for (int i = 0; i < Math.min(expected.size(), MAX_AHEAD); i++) {
        propose(expected.get(i), 1);
      }
    }
    offer(fresh);
  }

  /** A page link is gone. */
  synchronized void lose(Link lost) {
    if (link == lost) {
      release();
      if (!closed && !gone) {
        orphans.add(this);
      }
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
    outstanding.dropUnwaited();
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

  /** Faults wait, and there is no link. */
  synchronized void orphaned() {
    if (link == null && !closed && !gone) {
      now = System.nanoTime();
      if (memory.drain(sink) < 0) {
        vanish();
      }
    }
  }

  @GuardedBy("this")
  private void vanish() {
    gone = true;
    LOG.info("{} is gone; its faults end", vm);
    orphans.remove(this);
    release();
  }

  // Called by drain(), whose callers are in the monitor.
  @SuppressWarnings("GuardedBy")
  private void fault(long pfn, boolean write) {
    long asked = outstanding.get(pfn);
    if (asked == Outstanding.NOBODY) {
      ahead--;
      outstanding.put(pfn, now);
      desktop.asked(pfn); // it may sleep since
      if (running) {
        prefetcher.hit(pfn, known, plan);
      }
      return;
    }
    if (asked != Outstanding.ABSENT) {
      return;
    }
    trace.event(vm, now, TraceSink.Kind.FAULT, pfn);
    first.add(pfn);
    int slot = buffer.find(pfn);
    if (slot >= 0) {
      prefetchHits++;
      served(pfn, install(pfn, buffer.chunk(slot), buffer.offset(slot)), now);
      buffer.remove(slot);
      mayEvict = true;
      prefetcher.hit(pfn, known, plan);
    } else if (isZero(pfn)) {
      zero++;
      served(pfn, installZero(pfn), now);
    } else if (near != null && near.has(pfn) && near.read(pfn, unpacked.clear())) {
      kept++;
      served(pfn, install(pfn, unpacked, 0), now);
    } else {
      outstanding.put(pfn, now);
      desktop.asked(pfn);
      if (link != null) {
        sent += requests.add(link, pfn);
        ahead(pfn);
      }
    }
  }

  /** A page had to be asked for. */
  @GuardedBy("this")
  private void ahead(long pfn) {
    if (running) {
      mayEvict = true;
      prefetcher.fault(pfn, known, plan);
    }
  }

  @GuardedBy("this")
  private boolean isZero(long pfn) {
    return zeros.contains(pfn) || (populated != null && !populated.contains(pfn));
  }

  @SuppressWarnings("GuardedBy")
  private boolean isKnown(long pfn) {
    return !memory.map().contains(pfn)
        || present.contains(pfn)
        || outstanding.contains(pfn)
        || isZero(pfn)
        || (near != null && (near.has(pfn) || near.mayHave(pfn)))
        || buffer.find(pfn) >= 0;
  }

  @SuppressWarnings("GuardedBy")
  private long propose(long first, long count) {
    Link on = link;
    int room = room();
    for (long pfn = first; on != null && pfn < first + count && room > 0; pfn++) {
      if (!isKnown(pfn)) {
        outstanding.put(pfn, Outstanding.NOBODY);
        ahead++;
        room--;
        sent += requests.add(on, pfn);
      }
    }
    return on == null ? 0 : room;
  }

  @GuardedBy("this")
  private int room() {
    int least = mayEvict ? 0 : buffer.size(); // what nobody asked for drives nothing out
    return Math.min(MAX_AHEAD, buffer.capacity() - least) - ahead;
  }

  /** Asks the policy for more if there is room; on the link's thread. */
  private synchronized void offer(Link on) {
    if (on == link) {
      if (running && 2 * ahead <= MAX_AHEAD && outstanding.size() == ahead) {
        mayEvict = false;
        prefetcher.room(known, plan);
      }
      sent += requests.send(on);
    }
  }

  /** A reply came; on the link's thread. */
  synchronized void reply(Link from, ByteBuffer message) throws WireException {
    if (from != link) {
      return;
    }
    int length = message.remaining();
    int at = message.position();
    received += length;
    if (length < PageMessages.ZEROS_BYTES || message.getLong(at + PageMessages.EPOCH_AT) != epoch) {
      throw new WireException("a page reply that is cut short or of another epoch");
    }
    long pfn = message.getLong(at + PageMessages.PFN_AT);
    byte type = message.get(at);
    if (type == PageMessages.PAGE && length == PageMessages.PAGE_BYTES) {
      page(pfn, message, at + PageMessages.CONTENTS_AT, message.getInt(at + PageMessages.CRC_AT));
    } else if (type == PageMessages.PACKED && length > PageMessages.CONTENTS_AT) {
      unpack(message, at + PageMessages.CONTENTS_AT, length - PageMessages.CONTENTS_AT);
      page(pfn, unpacked, 0, message.getInt(at + PageMessages.CRC_AT));
    } else if (type == PageMessages.ZEROS && length == PageMessages.ZEROS_BYTES) {
      zeros(pfn, message.getInt(at + PageMessages.ZEROS_COUNT_AT));
    } else {
      throw new WireException("the desktop cannot give page " + pfn);
    }
    if (from == link) {
      offer(from);
      if (outstanding.size() > 0) {
        from.expect();
      }
    }
  }

  @GuardedBy("this")
  private void unpack(ByteBuffer message, int at, int length) throws WireException {
    try {
      if (UNPACKER.decompress(message, at, length, unpacked, 0, Pages.SIZE) == Pages.SIZE) {
        return;
      }
    } catch (LZ4Exception e) {
      throw new WireException("a packed page is damaged", e);
    }
    throw new WireException("a packed page is too short");
  }

  @GuardedBy("this")
  private void page(long pfn, ByteBuffer source, int at, int sum) throws WireException {
    check(pfn, source, at, sum);
    if (!awaited(pfn)) {
      return;
    }
    long since = answered(pfn);
    fetched++;
    if (since == Outstanding.NOBODY) {
      prefetched++;
      trace.event(vm, now, TraceSink.Kind.PREFETCH, pfn);
      int slot = buffer.add(pfn);
      if (slot >= 0) {
        buffer.chunk(slot).put(buffer.offset(slot), source, at, Pages.SIZE);
      }
    } else {
      waits++;
      served(pfn, install(pfn, source, at), since);
    }
  }

  @GuardedBy("this")
  private void zeros(long first, int count) throws WireException {
    if (count < 1 || count > PageMessages.MAX_REQUESTED) {
      throw new WireException("a reply about " + count + " pages");
    }
    for (long pfn = first; pfn < first + count && !gone; pfn++) {
      if (!awaited(pfn)) {
        continue;
      }
      long since = answered(pfn);
      if (since == Outstanding.NOBODY) {
        zeros.add(pfn);
      } else {
        zero++;
        waits++;
        served(pfn, installZero(pfn), since);
      }
    }
  }

  /**
   * Whether a page is waited for. A desktop that was woken for one sends it unasked, and it may be
   * here by then.
   */
  @GuardedBy("this")
  private boolean awaited(long pfn) throws WireException {
    if (!memory.map().contains(pfn)) {
      throw new WireException("the VM has no page " + pfn);
    }
    return outstanding.contains(pfn);
  }

  /** What was known of a page that was waited for, and is no longer. */
  @GuardedBy("this")
  private long answered(long pfn) {
    long since = outstanding.remove(pfn);
    desktop.answered(pfn);
    if (since == Outstanding.NOBODY) {
      ahead--;
    }
    return since;
  }

  @GuardedBy("this")
  private void check(long pfn, ByteBuffer source, int at, int sum) throws WireException {
    int position = source.position();
    int limit = source.limit();
    crc.reset();
    source.limit(at + Pages.SIZE).position(at);
    crc.update(source);
    source.limit(limit).position(position);
    if ((int) crc.getValue() != sum) {
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
  private Installed installZero(long pfn) {
    Installed outcome = memory.installZero(pfn);
    while (outcome == Installed.AGAIN) {
      Thread.onSpinWait();
      outcome = memory.installZero(pfn);
    }
    return outcome;
  }

  @GuardedBy("this")
  private void served(long pfn, Installed outcome, long since) {
    if (outcome == Installed.GONE) {
      vanish();
      return;
    }
    present.add(pfn);
    faults++;
    latency.recordValue(Math.min(MAX_LATENCY, Math.max(1, System.nanoTime() - since)));
  }

  @Override
  public synchronized TapCounters counters() {
    boolean none = latency.getTotalCount() == 0;
    return new TapCounters(
        faults,
        waits,
        fetched,
        zero,
        kept,
        prefetched,
        prefetchHits,
        buffer.evicted(),
        buffer.size(),
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
  public void wentHome() {
    prefetcher.end(touched(), true);
    close();
  }

  @Override
  public void close() {
    prefetcher.end(touched(), false);
    synchronized (this) {
      closed = true;
      orphans.remove(this);
      release();
    }
    onClose.accept(this);
  }
}
