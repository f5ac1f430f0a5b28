package io.jettison.cownetdisk.internal;

import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.api.wake.NeedSink;
import io.jettison.cownetdisk.DiskCounters;
import io.jettison.cownetdisk.internal.BlockStore.Source;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the connections of a disk share. Belongs to the disk's loop. */
final class DiskLoop {
  private static final Logger LOG = LoggerFactory.getLogger(DiskLoop.class);

  private final String name;
  private final String export;
  private final BlockStore store;
  private final Syncs syncs;
  private final Waiting waiting = new Waiting();
  private final BlockTap tap;
  private final Set<Connection> connections = new LinkedHashSet<>();
  private long reads;
  private long writes;
  private long flushes;

  DiskLoop(
      String name,
      String export,
      long blocks,
      BlockStore store,
      Syncs syncs,
      Prefetcher ahead,
      NeedSink desktop) {
    this.name = name;
    this.export = export;
    this.store = store;
    this.syncs = syncs;
    this.tap = new BlockTap(store, blocks, ahead, desktop, waiting::arrived);
  }

  String name() {
    return name;
  }

  String export() {
    return export;
  }

  BlockStore store() {
    return store;
  }

  Syncs syncs() {
    return syncs;
  }

  Waiting waiting() {
    return waiting;
  }

  BlockTap tap() {
    return tap;
  }

  void countRead() {
    reads++;
  }

  void countWrite() {
    writes++;
  }

  void countFlush() {
    flushes++;
  }

  int connections() {
    return connections.size();
  }

  void opened(Connection connection) {
    connections.add(connection);
  }

  void closed(Connection connection) {
    connections.remove(connection);
  }

  void allocated(PageSet blocks) {
    try {
      store.allocated(blocks);
    } catch (IOException e) {
      LOG.warn("it is not known what is zero of {}: that is asked for, too", name, e);
    }
    tap.reconsider();
    blocksCame();
  }

  /** Blocks came another way than by the block link. */
  void put(long first, ByteBuffer contents) throws IOException {
    for (long block = first; contents.hasRemaining(); block++) {
      int next = contents.position() + Pages.SIZE;
      if (store.source(block) == Source.MISSING) {
        store.store(block, contents.slice(contents.position(), Pages.SIZE));
        tap.came(block);
      }
      contents.position(next);
    }
    blocksCame();
  }

  PageSet missing() {
    PageSet missing = new PageSet();
    store.missing(0, store.bytes(), missing::add);
    return missing;
  }

  /** Requests may have what they waited for. */
  void blocksCame() {
    for (Connection connection : List.copyOf(connections)) {
      connection.resume();
    }
    tap.offer();
  }

  DiskCounters counters() {
    return tap.counters(reads, writes, flushes, waiting.count(), store.dirtyCount());
  }

  void close() {
    tap.close();
    List.copyOf(connections).forEach(Connection::close);
  }
}
