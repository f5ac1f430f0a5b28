package io.jettison.memtap.internal;

import java.util.Arrays;

/**
 * The pages a VM touched first in a stay, in order. Those that the loading of its state touches are
 * much the same each time, since they are what its devices share with it.
 */
final class FirstTouches {
  static final FirstTouches NONE = new FirstTouches(0);

  private static final int MOST = 4096;

  private final long[] pfns;
  private int count;

  FirstTouches() {
    this(MOST);
  }

  private FirstTouches(int most) {
    pfns = new long[most];
  }

  void add(long pfn) {
    if (count < pfns.length) {
      pfns[count++] = pfn;
    }
  }

  int size() {
    return count;
  }

  long get(int index) {
    return pfns[index];
  }

  long[] pfns() {
    return Arrays.copyOf(pfns, count);
  }
}
