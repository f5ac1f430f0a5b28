package io.jettison.residuals.internal;

import java.util.Arrays;

/**
 * Which slot of the page file holds the page of a locator, and how many entries of tables refer to
 * it. An open-addressing table of slot numbers beside arrays indexed by slot: 32 bytes a page. Not
 * thread-safe.
 */
final class SlotIndex {
  static final int NONE = -1;
  private static final int FIRST_SLOTS = 1 << 12;

  private final int most;
  private long[] high = new long[FIRST_SLOTS];
  private long[] low = new long[FIRST_SLOTS];
  private int[] references = new int[FIRST_SLOTS];
  private int[] table = empty(2 * FIRST_SLOTS);
  private int[] free = new int[FIRST_SLOTS];
  private int freeCount;
  private int end;
  private int used;

  /** With so many slots at most. */
  SlotIndex(int most) {
    this.most = most;
  }

  private static int[] empty(int size) {
    int[] table = new int[size];
    Arrays.fill(table, NONE);
    return table;
  }

  int used() {
    return used;
  }

  boolean isFull() {
    return used >= most;
  }

  int references(int slot) {
    return references[slot];
  }

  /** The slot of a page, or {@link #NONE}. */
  int find(long locatorHigh, long locatorLow) {
    for (int at = start(locatorHigh); table[at] != NONE; at = at + 1 & table.length - 1) {
      int slot = table[at];
      if (high[slot] == locatorHigh && low[slot] == locatorLow) {
        return slot;
      }
    }
    return NONE;
  }

  // a locator is as good as random
  private int start(long locatorHigh) {
    return (int) locatorHigh & table.length - 1;
  }

  /** Takes a slot for a page that has none, with one reference; {@link #NONE} if all are taken. */
  int take(long locatorHigh, long locatorLow) {
    if (isFull()) {
      return NONE;
    }
    int slot = freeCount > 0 ? free[--freeCount] : end;
    occupy(slot, locatorHigh, locatorLow);
    return slot;
  }

  /**
   * A table found on the disk says that a slot holds a page: true if that contradicts no other
   * table.
   */
  boolean restore(int slot, long locatorHigh, long locatorLow) {
    if (slot < 0 || slot >= most) {
      return false;
    }
    if (slot < end && references[slot] > 0) {
      boolean same = high[slot] == locatorHigh && low[slot] == locatorLow;
      references[slot] += same ? 1 : 0;
      return same;
    }
    if (find(locatorHigh, locatorLow) != NONE) {
      return false;
    }
    occupy(slot, locatorHigh, locatorLow);
    return true;
  }

  /** After all tables were restored: what lies between their slots is free. */
  void restored() {
    for (int slot = 0; slot < end; slot++) {
      if (references[slot] == 0) {
        release(slot);
      }
    }
  }

  private void occupy(int slot, long locatorHigh, long locatorLow) {
    if (slot >= high.length) {
      int size = (int) Math.min(Integer.MAX_VALUE / 4L, Math.max(2L * high.length, 2L * slot));
      high = Arrays.copyOf(high, size);
      low = Arrays.copyOf(low, size);
      references = Arrays.copyOf(references, size);
    }
    end = Math.max(end, slot + 1);
    high[slot] = locatorHigh;
    low[slot] = locatorLow;
    references[slot] = 1;
    used++;
    if (2 * used > table.length) {
      rehash();
    } else {
      insert(slot);
    }
  }

  private void rehash() {
    table = empty(2 * table.length);
    for (int slot = 0; slot < end; slot++) {
      if (references[slot] > 0) {
        insert(slot);
      }
    }
  }

  private void insert(int slot) {
    int at = start(high[slot]);
    while (table[at] != NONE) {
      at = at + 1 & table.length - 1;
    }
    table[at] = slot;
  }

  void refer(int slot) {
    references[slot]++;
  }

  /** An entry that referred to a slot is gone. */
  void drop(int slot) {
    if (--references[slot] == 0) {
      remove(slot);
      used--;
      release(slot);
    }
  }

  private void release(int slot) {
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, 2 * freeCount);
    }
    free[freeCount++] = slot;
  }

  // closes the gap, so that no search ends before what lies behind it
  private void remove(int slot) {
    int mask = table.length - 1;
    int gap = start(high[slot]);
    while (table[gap] != slot) {
      gap = gap + 1 & mask;
    }
    for (int at = gap + 1 & mask; table[at] != NONE; at = at + 1 & mask) {
      int home = start(high[table[at]]);
      if ((at - home & mask) >= (at - gap & mask)) {
        table[gap] = table[at];
        gap = at;
      }
    }
    table[gap] = NONE;
  }
}
