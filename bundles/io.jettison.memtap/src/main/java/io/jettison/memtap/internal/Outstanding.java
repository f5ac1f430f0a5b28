package io.jettison.memtap.internal;

import java.util.Arrays;

/**
 * Pages asked for and not yet there, with what is known of each: when a vCPU began to wait for it,
 * or {@link #NOBODY} if none does. Open addressing over longs: no allocation but to grow. Not
 * thread-safe.
 */
final class Outstanding {
  /** Nobody waits for the page. */
  static final long NOBODY = Long.MIN_VALUE;

  /** Not asked for. */
  static final long ABSENT = Long.MIN_VALUE + 1;

  private static final long FREE = -1;

  private long[] pfns = new long[1024];
  private long[] since = new long[1024];
  private int size;

  Outstanding() {
    Arrays.fill(pfns, FREE);
  }

  int size() {
    return size;
  }

  private int slot(long pfn) {
    int mask = pfns.length - 1;
    int at = (int) ((pfn * 0x9e3779b97f4a7c15L) >>> 40) & mask;
    while (pfns[at] != FREE && pfns[at] != pfn) {
      at = (at + 1) & mask;
    }
    return at;
  }

  boolean contains(long pfn) {
    return pfns[slot(pfn)] == pfn;
  }

  /** What is known of a page; {@link #ABSENT} if it was not asked for. */
  long get(long pfn) {
    int at = slot(pfn);
    return pfns[at] == pfn ? since[at] : ABSENT;
  }

  void put(long pfn, long waitingSince) {
    if (2 * (size + 1) > pfns.length) {
      grow();
    }
    int at = slot(pfn);
    if (pfns[at] == FREE) {
      size++;
      pfns[at] = pfn;
    }
    since[at] = waitingSince;
  }

  /** Forgets a page and returns what was known of it; {@link #ABSENT} if it was not asked for. */
  long remove(long pfn) {
    int at = slot(pfn);
    if (pfns[at] == FREE) {
      return ABSENT;
    }
    long known = since[at];
    size--;
    int mask = pfns.length - 1;
    pfns[at] = FREE;
    // close the gap: what follows may have its place before it
    for (int next = (at + 1) & mask; pfns[next] != FREE; next = (next + 1) & mask) {
      long moved = pfns[next];
      long movedSince = since[next];
      pfns[next] = FREE;
      int to = slot(moved);
      pfns[to] = moved;
      since[to] = movedSince;
    }
    return known;
  }

  /** Forgets the pages that nobody waits for. */
  void dropUnwaited() {
    for (int i = 0; i < pfns.length; ) {
      if (pfns[i] != FREE && since[i] == NOBODY) {
        remove(pfns[i]); // another may move here
      } else {
        i++;
      }
    }
  }

  /** The pages, ascending. */
  long[] pfns() {
    return Arrays.stream(pfns).filter(pfn -> pfn != FREE).sorted().toArray();
  }

  private void grow() {
    long[] oldPfns = pfns;
    long[] oldSince = since;
    pfns = new long[2 * oldPfns.length];
    since = new long[2 * oldPfns.length];
    Arrays.fill(pfns, FREE);
    for (int i = 0; i < oldPfns.length; i++) {
      if (oldPfns[i] != FREE) {
        int at = slot(oldPfns[i]);
        pfns[at] = oldPfns[i];
        since[at] = oldSince[i];
      }
    }
  }
}
