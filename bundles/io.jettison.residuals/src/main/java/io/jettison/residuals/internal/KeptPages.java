package io.jettison.residuals.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.residuals.Residuals.Kept;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.BitSet;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is kept of one VM, for one stay. */
final class KeptPages implements Kept {
  private static final Logger LOG = LoggerFactory.getLogger(KeptPages.class);

  final String vm;
  final Table table;
  private final FileChannel pages;
  private final Consumer<KeptPages> onClose;
  private final long[] keyHigh;
  private final long[] keyLow;

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

  KeptPages(String vm, Table table, FileChannel pages, Consumer<KeptPages> onClose) {
    this.vm = vm;
    this.table = table;
    this.pages = pages;
    this.onClose = onClose;
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

  /** Whether an entry may be of use for a stay to come. */
  synchronized boolean mayServe(int entry) {
    return !judged || unlocked.contains(table.pfn(entry));
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
  public synchronized boolean read(long pfn, ByteBuffer into) {
    int entry = table.find(pfn);
    if (entry < 0 || !unlocked.contains(pfn)) {
      return false;
    }
    int at = into.position();
    boolean same = read(entry, into);
    into.position(at);
    if (!same) {
      LOG.warn("page {} of {} was kept and is damaged: it is fetched again", pfn, vm);
      unlocked.remove(pfn);
      damaged.add(pfn);
    }
    return same;
  }

  @GuardedBy("this")
  private boolean read(int entry, ByteBuffer into) {
    locked.clear();
    long begin = Pages.offset(table.slot(entry));
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
    return lock.unlock(
        locked.flip(),
        keyHigh[entry],
        keyLow[entry],
        table.locatorHigh(entry),
        table.locatorLow(entry),
        into);
  }

  @Override
  public void close() {
    onClose.accept(this);
  }
}
