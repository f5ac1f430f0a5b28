package io.jettison.residuals.internal;

import java.util.Arrays;

/** Pages that came during a stay: where each is, its key and its locator. Not thread-safe. */
final class PutPages {
  private static final int FIRST_ROOM = 1 << 10;

  private int count;
  private int[] pfns = new int[FIRST_ROOM];
  private int[] slots = new int[FIRST_ROOM];
  private long[] numbers = new long[4 * FIRST_ROOM];

  /** By page number: one more than its entry; 0 if it has none. */
  private int[] entries = new int[0];

  /** The entry of a page; negative if there is none. */
  int find(long pfn) {
    return pfn >= 0 && pfn < entries.length ? entries[(int) pfn] - 1 : -1;
  }

  /** Adds a page that is not there. */
  void add(long pfn, int slot, long keyHigh, long keyLow, long locatorHigh, long locatorLow) {
    if (count == pfns.length) {
      pfns = Arrays.copyOf(pfns, 2 * count);
      slots = Arrays.copyOf(slots, 2 * count);
      numbers = Arrays.copyOf(numbers, 8 * count);
    }
    int index = Math.toIntExact(pfn);
    if (index >= entries.length) {
      entries = Arrays.copyOf(entries, Math.max(FIRST_ROOM, index + index / 2 + 1));
    }
    pfns[count] = index;
    slots[count] = slot;
    numbers[4 * count] = keyHigh;
    numbers[4 * count + 1] = keyLow;
    numbers[4 * count + 2] = locatorHigh;
    numbers[4 * count + 3] = locatorLow;
    entries[index] = ++count;
  }

  int slot(int entry) {
    return slots[entry];
  }

  long keyHigh(int entry) {
    return numbers[4 * entry];
  }

  long keyLow(int entry) {
    return numbers[4 * entry + 1];
  }

  long locatorHigh(int entry) {
    return numbers[4 * entry + 2];
  }

  long locatorLow(int entry) {
    return numbers[4 * entry + 3];
  }

  /** Its page numbers, ascending. */
  int[] ascending() {
    int[] sorted = Arrays.copyOf(pfns, count);
    Arrays.sort(sorted);
    return sorted;
  }
}
