package io.jettison.residuals.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.residuals.Residuals.Kept;
import io.jettison.wire.page.PageDigest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.BitSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is kept of one VM, for one stay. */
final class KeptPages implements Kept {
  private static final Logger LOG = LoggerFactory.getLogger(KeptPages.class);

  final String vm;
  final Table table;
  private final FileChannel pages;
  private final ResidualStore store;
  private final Object putting = new Object();

  @GuardedBy("putting")
  private final ResidualStore.SlotWriter writer;

  private final long[] keyHigh;
  private final long[] keyLow;

  @GuardedBy("this")
  private final PutPages put = new PutPages();

  @GuardedBy("this")
  private final PageSet unlocked = new PageSet();

  @GuardedBy("this")
  private final PageLock lock = new PageLock();

  @GuardedBy("this")
  private final ByteBuffer locked = ByteBuffer.allocateDirect(Pages.SIZE);

  @GuardedBy("this")
  private final PageSet damaged = new PageSet();

  @GuardedBy("this")
  private boolean judged;

  @GuardedBy("this")
  private boolean closed;

  KeptPages(String vm, Table table, FileChannel pages, ResidualStore store) {
    this.vm = vm;
    this.table = table;
    this.pages = pages;
    this.store = store;
    this.writer = store.new SlotWriter(vm);
    this.keyHigh = new long[table.size];
    this.keyLow = new long[table.size];
  }

  @Override
  public int size() {
    return table.size;
  }

  @Override
  public void forEach(long[] first, LocatorVisitor visitor) {
    BitSet visited = new BitSet(table.size);
    for (long pfn : first) {
      int entry = table.find(pfn);
      if (entry >= 0 && !visited.get(entry)) {
        visited.set(entry);
        visit(entry, visitor);
      }
    }
    for (int entry = visited.nextClearBit(0); entry < table.size; ) {
      visit(entry, visitor);
      entry = visited.nextClearBit(entry + 1);
    }
  }

  private void visit(int entry, LocatorVisitor visitor) {
    visitor.page(table.pfn(entry), table.locatorHigh(entry), table.locatorLow(entry));
  }

  @Override
  public synchronized void unlock(long pfn, long high, long low) {
    int entry = table.find(pfn);
    if (entry >= 0) {
      keyHigh[entry] = high;
      keyLow[entry] = low;
      unlocked.add(pfn);
    }
  }

  @Override
  public synchronized void judged() {
    judged = true;
  }

  /** What may be of use for a stay to come. */
  synchronized Table useful() {
    int[] fresh = put.ascending();
    Table.Builder useful = new Table.Builder(table.size + fresh.length);
    int at = 0;
    for (int entry = 0; entry < table.size; entry++) {
      for (; at < fresh.length && fresh[at] <= table.pfn(entry); at++) {
        addPut(useful, fresh[at]);
      }
      boolean mayServe = !judged || unlocked.contains(table.pfn(entry));
      if (mayServe && put.find(table.pfn(entry)) < 0) {
        useful.add(
            table.pfn(entry), table.slot(entry), table.locatorHigh(entry), table.locatorLow(entry));
      }
    }
    for (; at < fresh.length; at++) {
      addPut(useful, fresh[at]);
    }
    return useful.build(0);
  }

  @GuardedBy("this")
  private void addPut(Table.Builder into, int pfn) {
    int entry = put.find(pfn);
    into.add(pfn, put.slot(entry), put.locatorHigh(entry), put.locatorLow(entry));
  }

  /** Whether the page was found to be damaged. */
  synchronized boolean isDamaged(long pfn) {
    return damaged.contains(pfn);
  }

  @Override
  public synchronized boolean isUnlocked(long pfn) {
    return unlocked.contains(pfn);
  }

  @Override
  public synchronized boolean isUndecided(long pfn) {
    return !judged && table.find(pfn) >= 0 && !unlocked.contains(pfn);
  }

  @Override
  public synchronized PageSet unlocked() {
    return unlocked.copy();
  }

  @Override
  public boolean put(long pfn, ByteBuffer page) {
    synchronized (putting) {
      if (isUnlocked(pfn)) {
        page.position(page.position() + Pages.SIZE);
        return true;
      }
      int slot = writer.put(page, isDamaged(pfn));
      return slot >= 0 && add(pfn, slot, writer.digest);
    }
  }

  private synchronized boolean add(long pfn, int slot, PageDigest digest) {
    if (closed) {
      store.giveUp(slot);
      return false;
    }
    if (put.find(pfn) >= 0) {
      store.giveUp(slot); // it was damaged, and has a reference
    } else {
      put.add(
          pfn, slot, digest.keyHigh(), digest.keyLow(), digest.locatorHigh(), digest.locatorLow());
    }
    damaged.remove(pfn);
    unlocked.add(pfn);
    return true;
  }

  @Override
  public void settle() {
    store.settle(this);
  }

  @Override
  public synchronized boolean read(long pfn, ByteBuffer into) {
    if (!unlocked.contains(pfn)) {
      return false;
    }
    int at = into.position();
    int fresh = put.find(pfn);
    boolean same = fresh >= 0 ? readPut(fresh, into) : readKept(table.find(pfn), into);
    into.position(at);
    if (!same) {
      LOG.warn("page {} of {} was kept and is damaged: it is fetched again", pfn, vm);
      unlocked.remove(pfn);
      damaged.add(pfn);
    }
    return same;
  }

  @GuardedBy("this")
  private boolean readKept(int entry, ByteBuffer into) {
    return load(table.slot(entry))
        && lock.unlock(
            locked,
            keyHigh[entry],
            keyLow[entry],
            table.locatorHigh(entry),
            table.locatorLow(entry),
            into);
  }

  @GuardedBy("this")
  private boolean readPut(int entry, ByteBuffer into) {
    return load(put.slot(entry))
        && lock.unlock(
            locked,
            put.keyHigh(entry),
            put.keyLow(entry),
            put.locatorHigh(entry),
            put.locatorLow(entry),
            into);
  }

  @GuardedBy("this")
  private boolean load(int slot) {
    locked.clear();
    long begin = Pages.offset(slot);
    try {
      while (locked.hasRemaining()) {
        if (pages.read(locked, begin + locked.position()) < 0) {
          return false;
        }
      }
    } catch (IOException e) {
      LOG.warn("a kept page cannot be read", e);
      return false;
    }
    locked.flip();
    return true;
  }

  @Override
  public void close() {
    Table.Builder mine = new Table.Builder(0);
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      for (int pfn : put.ascending()) {
        addPut(mine, pfn);
      }
    }
    store.closed(this, mine.build(0));
  }
}
