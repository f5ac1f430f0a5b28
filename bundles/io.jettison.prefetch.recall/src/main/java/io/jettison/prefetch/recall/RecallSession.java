package io.jettison.prefetch.recall;

import io.jettison.api.memory.PageSet;
import io.jettison.api.prefetch.PrefetchPolicy.Known;
import io.jettison.api.prefetch.PrefetchPolicy.Plan;
import io.jettison.api.prefetch.PrefetchPolicy.Session;
import io.jettison.prefetch.history.Histories;
import io.jettison.prefetch.history.History;
import java.util.ArrayList;
import java.util.List;

/** One stay. */
final class RecallSession implements Session {
  /**
   * What is less sure than this is not recalled: touched by one of the last two stays, or by most
   * before them.
   */
  private static final double SURE = 0.2;

  /** Pages that may be expected to be in vain for each that is expected to be touched. */
  private static final double VAIN_SHARE = 0.5;

  /** How sure a neighbour is before any was tried. */
  private static final double NEIGHBOUR = 0.5;

  /** The first touches of a stay are kept in order; the rest of it is not worth the room. */
  private static final int ORDERED = 1 << 16;

  /** Neighbours after which their worth is judged anew. */
  private static final int TRIES = 64;

  private static final int FEWEST = 1;
  private static final int MOST = 16;

  private final String vm;
  private final Histories histories;
  private final History history;
  private final long[] sure;
  private final double[] confidence;
  private final long[] order = new long[ORDERED];
  private int ordered;
  private int at;
  private long unused;
  private double vain;
  private long touched;

  // neighbours: how many, and how those of late fared
  private int reach = 4;
  private double neighbour = NEIGHBOUR;
  private long around;
  private long aroundUsed;
  private final PageSet neighbours = new PageSet();

  RecallSession(String vm, Histories histories) {
    this.vm = vm;
    this.histories = histories;
    this.history = histories.read(vm);
    List<History.Page> likely = history.likely(SURE, Long.MAX_VALUE);
    this.sure = likely.stream().mapToLong(History.Page::pfn).toArray();
    this.confidence = likely.stream().mapToDouble(History.Page::confidence).toArray();
  }

  /** Whether a page that is as sure as that may be fetched, for what is expected to be in vain. */
  private boolean pays(double sure) {
    return vain + 1 - sure <= VAIN_SHARE * Math.max(history.touched(), (double) touched);
  }

  private void note(long pfn) {
    touched++;
    if (ordered < ORDERED) {
      order[ordered++] = pfn;
    }
  }

  @Override
  public void fault(long pfn, Known known, Plan plan) {
    note(pfn);
    for (long next = pfn + 1; next <= pfn + reach; next++) {
      propose(next, neighbour, known, plan, true);
    }
    for (long before = pfn - 1; before >= pfn - reach / 2 && before >= 0; before--) {
      propose(before, neighbour, known, plan, true);
    }
  }

  @Override
  public void hit(long pfn, Known known, Plan plan) {
    note(pfn);
    vain -= unused > 0 ? vain / unused : 0;
    unused--;
    if (neighbours.contains(pfn)) {
      aroundUsed++;
    }
  }

  @Override
  public boolean room(Known known, Plan plan) {
    while (at < sure.length && pays(confidence[at])) {
      long pfn = sure[at];
      if (known.known(pfn) || propose(pfn, confidence[at], known, plan, false)) {
        at++;
      } else {
        return true; // no room now
      }
    }
    return at < sure.length;
  }

  @Override
  public void reconsider() {
    at = 0;
  }

  private boolean propose(long pfn, double sure, Known known, Plan plan, boolean isNeighbour) {
    if (known.known(pfn) || !pays(sure)) {
      return false;
    }
    plan.propose(pfn, 1);
    if (!known.known(pfn)) {
      return false;
    }
    unused++;
    vain += 1 - sure;
    if (isNeighbour) {
      neighbours.add(pfn);
      learn();
    }
    return true;
  }

  /** Reaches further while a third of the neighbours are used, and less far while few are. */
  private void learn() {
    if (++around >= TRIES) {
      if (3 * aroundUsed >= around) {
        reach = Math.min(MOST, 2 * reach);
      } else if (6 * aroundUsed < around) {
        reach = Math.max(FEWEST, reach / 2);
      }
      neighbour = (neighbour + (double) aroundUsed / around) / 2;
      around = 0;
      aroundUsed = 0;
    }
  }

  @Override
  public void end(PageSet all, boolean wentHome) {
    if (wentHome) {
      List<Long> first = new ArrayList<>();
      for (int i = 0; i < ordered; i++) {
        first.add(order[i]);
      }
      histories.write(vm, history.with(first, all));
    }
  }
}
