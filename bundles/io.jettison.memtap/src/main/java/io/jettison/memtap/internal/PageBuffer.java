package io.jettison.memtap.internal;

import io.jettison.api.memory.Pages;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Pages fetched ahead, outside the VM's memory until they are touched (Bila et al. 2015, §5.3: the
 * prefetch buffer). When it is full, the page that has waited longest makes room. Allocates memory
 * as it fills, a chunk at a time, and nothing else. Not thread-safe.
 */
final class PageBuffer {
  private static final int CHUNK_SHIFT = 6;
  private static final int CHUNK_PAGES = 1 << CHUNK_SHIFT;
  private static final int NONE = -1;

  private final ByteBuffer[] chunks;
  private final long[] pfns;
  // a ring list of slots from the one that waited longest; free slots are linked by next
  private final int[] next;
  private final int[] previous;
  private final int[] table;
  private final int mask;
  private int oldest = NONE;
  private int youngest = NONE;
  private int free = NONE;
  private int used;
  private int size;
  private long evicted;

  /** For that many pages at most. */
  PageBuffer(int capacity) {
    chunks = new ByteBuffer[(capacity + CHUNK_PAGES - 1) >> CHUNK_SHIFT];
    pfns = new long[capacity];
    next = new int[capacity];
    previous = new int[capacity];
    table = new int[Math.max(4, Integer.highestOneBit(Math.max(1, capacity)) << 2)];
    mask = table.length - 1;
    Arrays.fill(table, NONE);
  }

  int size() {
    return size;
  }

  int capacity() {
    return pfns.length;
  }

  /** Pages that made room untouched. */
  long evicted() {
    return evicted;
  }

  private int home(long pfn) {
    return (int) ((pfn * 0x9e3779b97f4a7c15L) >>> 40) & mask;
  }

  private int place(long pfn) {
    int at = home(pfn);
    while (table[at] != NONE && pfns[table[at]] != pfn) {
      at = (at + 1) & mask;
    }
    return at;
  }

  /** The slot of a page, or -1. */
  int find(long pfn) {
    return size == 0 ? NONE : table[place(pfn)];
  }

  /** A slot for a page that is not there, to be filled at once; -1 if there is no room at all. */
  int add(long pfn) {
    if (pfns.length == 0) {
      return NONE;
    }
    if (size == pfns.length) {
      evicted++;
      remove(oldest);
    }
    int slot = free;
    if (slot == NONE) {
      slot = used++;
      if (chunks[slot >> CHUNK_SHIFT] == null) {
        chunks[slot >> CHUNK_SHIFT] = ByteBuffer.allocateDirect(CHUNK_PAGES << Pages.SHIFT);
      }
    } else {
      free = next[slot];
    }
    pfns[slot] = pfn;
    table[place(pfn)] = slot;
    next[slot] = NONE;
    previous[slot] = youngest;
    if (youngest == NONE) {
      oldest = slot;
    } else {
      next[youngest] = slot;
    }
    youngest = slot;
    size++;
    return slot;
  }

  /** Takes the page of a slot out. */
  void remove(int slot) {
    int at = place(pfns[slot]);
    if (previous[slot] == NONE) {
      oldest = next[slot];
    } else {
      next[previous[slot]] = next[slot];
    }
    if (next[slot] == NONE) {
      youngest = previous[slot];
    } else {
      previous[next[slot]] = previous[slot];
    }
    table[at] = NONE;
    // close the gap: what follows may have its place before it
    for (int after = (at + 1) & mask; table[after] != NONE; after = (after + 1) & mask) {
      int moved = table[after];
      table[after] = NONE;
      table[place(pfns[moved])] = moved;
    }
    next[slot] = free;
    free = slot;
    size--;
  }

  /** Holds the contents of a slot, from {@link #offset} on. */
  ByteBuffer chunk(int slot) {
    return chunks[slot >> CHUNK_SHIFT];
  }

  /** Where in its chunk a slot's contents begin. */
  int offset(int slot) {
    return (slot & (CHUNK_PAGES - 1)) << Pages.SHIFT;
  }
}
