package io.jettison.memtap.internal;

import java.util.Arrays;

/**
 * The pages that the loading of a VM's state touched, in order: much the same ones each time, since
 * they are what its devices share with it. Fetched ahead, they are there when the state comes.
 */
final class LoadSet {
  static final LoadSet NONE = new LoadSet();

  private static final int MOST = 64;

  private final long[] pfns = new long[MOST];
  private int count;

  void add(long pfn) {
    if (count < MOST) {
      pfns[count++] = pfn;
    }
  }

  long[] pfns() {
    return Arrays.copyOf(pfns, count);
  }
}
