package io.jettison.prefetch.recall;

import io.jettison.api.memory.PageSet;

/**
 * How many neighbours of a touched page are worth fetching: as many as neighbours of late were
 * touched themselves. Not thread-safe.
 */
final class Neighbours {
  /** A neighbour is judged when that many others were fetched after it: it needs time. */
  private static final int RECENT = 128;

  private static final double WEIGHT = 1.0 / 128;

  /** Neighbours fetched where every one of them is touched, but for the limits. */
  private static final int ALL_TOUCHED = 96;

  /** Where they are of no use, one is fetched now and then, to see whether that changes. */
  private static final int SELDOM = 8;

  private final int fewest;
  private final int most;
  private final long[] recent = new long[RECENT];
  private long count;
  private double chance;
  private int useless;

  /**
   * Of which nothing is known.
   *
   * @param chance how likely one is to be touched, before any was judged
   */
  Neighbours(int fewest, int most, double chance) {
    this.fewest = fewest;
    this.most = most;
    this.chance = chance;
  }

  /** How many to fetch. */
  int reach() {
    int worth = Math.max(fewest, Math.min(most, (int) (chance * ALL_TOUCHED)));
    return worth == 0 && ++useless % SELDOM == 0 ? 1 : worth;
  }

  /** How likely one is to be touched. */
  double chance() {
    return chance;
  }

  /** One is fetched. */
  void fetched(long pfn, PageSet touched) {
    int at = (int) (count++ % RECENT);
    if (count > RECENT) {
      chance += WEIGHT * ((touched.contains(recent[at]) ? 1 : 0) - chance);
    }
    recent[at] = pfn;
  }
}
