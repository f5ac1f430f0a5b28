package io.jettison.cownetdisk.internal;

import io.jettison.api.memory.PageSet;
import io.jettison.api.prefetch.PrefetchPolicy.Known;
import io.jettison.api.prefetch.PrefetchPolicy.Plan;
import io.jettison.api.wake.NeedSink;
import io.jettison.cownetdisk.CowDisk;
import io.jettison.cownetdisk.DiskCounters;
import io.jettison.cownetdisk.internal.BlockStore.Source;
import io.jettison.wire.Hello;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches blocks. Knows what is wanted and asks for it on the link there is; without one it waits.
 * Belongs to the disk's loop.
 */
final class BlockTap {
  private static final Logger LOG = LoggerFactory.getLogger(BlockTap.class);

  /** Longest latency told apart, in nanoseconds. */
  private static final long MAX_LATENCY = 3_600_000_000_000L;

  /** Most blocks under way that nobody waits for: 2 ms of a 1 Gb/s link. */
  private static final int MAX_AHEAD = 64;

  private static final long NOBODY = Long.MIN_VALUE;

  private final BlockStore store;
  private final Prefetcher prefetcher;
  private final NeedSink desktop;
  private final LongConsumer arrived;
  private final long blocks;
  private final Known known = this::isKnown;
  private final Plan plan = this::propose;

  /** Wanted, and since when; {@link #NOBODY} if nobody waits. */
  private final Map<Long, Long> pending = new HashMap<>();

  /** Blocks that nobody waits for, but who asked for all of them. */
  private record Fetch(PageSet left, CompletableFuture<Void> done) {}

  private final List<Fetch> fetches = new ArrayList<>();

  private final Histogram latency = new Histogram(MAX_LATENCY, 2);
  private final PageSet untouched = new PageSet();
  private long[] batch = new long[64];
  private int batched;
  private int ahead;
  private Hello.Call newest = Hello.Call.ONLY;
  private @Nullable TapLink link;
  private boolean closed;
  private long links;
  private long fetched;
  private long zero;
  private long prefetched;
  private long prefetchHits;
  private long received;
  private long sent;

  /**
   * A tap.
   *
   * @param desktop told of each block that somebody waits for, and of each that came
   * @param arrived told of each block that was wanted, when it can be read
   */
  BlockTap(
      BlockStore store,
      long blocks,
      Prefetcher prefetcher,
      NeedSink desktop,
      LongConsumer arrived) {
    this.store = store;
    this.blocks = blocks;
    this.prefetcher = prefetcher;
    this.desktop = desktop;
    this.arrived = arrived;
  }

  /** Wants a block that is missing; it is asked for with the next {@link #ask}. */
  void want(long block) {
    Long since = pending.get(block);
    if (since == null) {
      pending.put(block, System.nanoTime());
      desktop.asked(block);
      add(block);
      if (link != null) {
        prefetcher.fault(block, known, plan);
      }
    } else if (since == NOBODY) {
      pending.put(block, System.nanoTime());
      desktop.asked(block); // it may sleep since
      ahead--;
    }
  }

  /** These blocks are read or written. */
  void touched(long first, long end) {
    if (!untouched.isEmpty()) {
      for (long block = first; block < end; block++) {
        if (untouched.contains(block)) {
          untouched.remove(block);
          prefetchHits++;
          prefetcher.hit(block, known, plan);
        }
      }
    }
  }

  private void add(long block) {
    if (batched == batch.length) {
      batch = Arrays.copyOf(batch, 2 * batched);
    }
    batch[batched++] = block;
  }

  /** Asks for what is wanted since. */
  void ask() {
    TapLink on = link;
    if (on != null && batched > 0) {
      on.ask(Arrays.copyOf(batch, batched));
    }
    batched = 0; // all of it is pending: the next link is asked for that
  }

  /** Fetches what is missing of these, though nobody waits; see {@link CowDisk#fetch}. */
  CompletableFuture<Void> fetch(PageSet wanted) {
    if (link == null) {
      return CompletableFuture.failedFuture(new IOException("there is no block link"));
    }
    PageSet left = new PageSet();
    for (long block = wanted.next(0); block >= 0; block = wanted.next(block + 1)) {
      if (!isKnown(block)) {
        pending.put(block, NOBODY);
        ahead++;
        add(block);
      }
      if (pending.containsKey(block)) {
        left.add(block);
      }
    }
    if (left.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    Fetch fetch = new Fetch(left, new CompletableFuture<>());
    fetches.add(fetch);
    ask();
    return fetch.done();
  }

  private boolean isKnown(long block) {
    return block < 0
        || block >= blocks
        || pending.containsKey(block)
        || store.source(block) != Source.MISSING;
  }

  private long propose(long first, long count) {
    int room = link == null ? 0 : MAX_AHEAD - ahead;
    for (long block = first; block < first + count && block < blocks && room > 0; block++) {
      if (!isKnown(block)) {
        pending.put(block, NOBODY);
        ahead++;
        room--;
        add(block);
      }
    }
    return room;
  }

  /** Asks the policy for more if little is under way. */
  void offer() {
    if (link != null && 2 * ahead <= MAX_AHEAD && pending.size() == ahead) {
      prefetcher.room(known, plan);
    }
    ask();
  }

  /** A block link came: it takes the place of an earlier one. */
  void take(TapLink fresh) {
    // a disk that is being closed is found by its name until its files are durable
    if (closed || fresh.call().isBefore(newest)) {
      fresh.close();
      return;
    }
    newest = fresh.call();
    release();
    link = fresh;
    links++;
    long[] waited = pending.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
    if (waited.length > 0) {
      fresh.ask(waited);
      for (long block : waited) {
        desktop.asked(block);
        prefetcher.fault(block, known, plan);
      }
    }
    offer();
  }

  void lose(TapLink lost) {
    if (link == lost) {
      release();
    }
  }

  private void release() {
    TapLink before = link;
    link = null;
    if (before != null) {
      before.close();
    }
    pending.values().removeIf(since -> since == NOBODY);
    ahead = 0;
    fetches.forEach(fetch -> fetch.done().completeExceptionally(new IOException("no block link")));
    fetches.clear();
  }

  /** A block is in the slice, or is zero and a hole in the slice. */
  void stored(long block, boolean zeros) {
    Long since = pending.get(block);
    desktop.answered(block);
    if (since == null) {
      return; // known to be zero meanwhile
    }
    try {
      store.fetched(block);
    } catch (IOException e) {
      // here all the same; after a restart it may be fetched again
      LOG.warn("it is not noted that block {} was fetched", block, e);
    }
    forget(block, since);
    if (zeros) {
      zero++;
    } else {
      fetched++;
    }
    if (since == NOBODY) {
      prefetched++;
      untouched.add(block);
    } else {
      latency.recordValue(Math.min(MAX_LATENCY, Math.max(1, System.nanoTime() - since)));
    }
    arrived.accept(block);
  }

  /** A block that was missing came another way. */
  void came(long block) {
    Long since = pending.get(block);
    if (since != null) {
      desktop.answered(block);
      forget(block, since);
      arrived.accept(block);
    }
  }

  private void forget(long block, long since) {
    pending.remove(block);
    if (since == NOBODY) {
      ahead--;
    }
    fetches.removeIf(
        fetch -> {
          fetch.left().remove(block);
          return fetch.left().isEmpty() && fetch.done().complete(null);
        });
  }

  /** It became known which blocks are zero. */
  void reconsider() {
    for (Map.Entry<Long, Long> wanted : Map.copyOf(pending).entrySet()) {
      if (store.source(wanted.getKey()) != Source.MISSING) {
        forget(wanted.getKey(), wanted.getValue());
        arrived.accept(wanted.getKey());
      }
    }
  }

  /** Bytes that came or went on a link. */
  void count(long bytesReceived, long bytesSent) {
    received += bytesReceived;
    sent += bytesSent;
  }

  boolean isLinked() {
    return link != null;
  }

  /** What it counted, and what others did. */
  DiskCounters counters(long reads, long writes, long flushes, long waits, long dirty) {
    boolean none = latency.getTotalCount() == 0;
    return new DiskCounters(
        reads,
        writes,
        flushes,
        waits,
        fetched,
        zero,
        prefetched,
        prefetchHits,
        dirty,
        received,
        sent,
        none ? 0 : latency.getValueAtPercentile(50),
        none ? 0 : latency.getValueAtPercentile(99),
        none ? 0 : latency.getMaxValue(),
        links);
  }

  void close() {
    closed = true;
    release();
  }
}
