package io.jettison.prefetch.recall;

import io.jettison.api.memory.MemoryMap;
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

  /** A page so near to one that was touched before belongs to a run. */
  private static final int NEAR = 4;

  /** The first touches of a stay are kept in order; the rest of it is not worth the room. */
  private static final int ORDERED = 1 << 16;

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
  private final PageSet touched = new PageSet();
  private long touches;

  // runs of pages go on, single ones have fewer neighbours of use, if any
  private final Neighbours ofRuns = new Neighbours(4, 32, 0.25);
  private final Neighbours ofSingles = new Neighbours(0, 6, 0.1);

  RecallSession(String vm, MemoryMap map, Histories histories) {
    this.vm = vm;
    this.histories = histories;
    this.history = histories.read(vm);
    List<History.Page> likely = history.likely(SURE, Long.MAX_VALUE);
    this.sure = likely.stream().mapToLong(History.Page::pfn).toArray();
    this.confidence = likely.stream().mapToDouble(History.Page::confidence).toArray();
    touched.add(map.end() - 1); // as large as it will be: the fault path does not allocate
    touched.remove(map.end() - 1);
  }

  /** Whether a page that is as sure as that may be fetched, for what is expected to be in vain. */
  private boolean pays(double sure) {
    return vain + 1 - sure <= VAIN_SHARE * Math.max(history.touched(), (double) touches);
  }

  private void note(long pfn) {
    touched.add(pfn);
    touches++;
    if (ordered < ORDERED) {
      order[ordered++] = pfn;
    }
  }

  @Override
  public void fault(long pfn, Known known, Plan plan) {
    note(pfn);
    if (!goOn(pfn, known, plan)) {
      int reach = ofSingles.reach();
      propose(pfn, 1, reach, ofSingles, known, plan);
      propose(pfn, -1, reach / 2, ofSingles, known, plan);
    }
  }

  @Override
  public void hit(long pfn, Known known, Plan plan) {
    note(pfn);
    if (unused > 0) { // none of it may be this session's
      vain -= vain / unused;
      unused--;
    }
    goOn(pfn, known, plan); // before the run comes to the end of what is there
  }

  /** Goes on with the run that a page belongs to, if it does to one. */
  private boolean goOn(long pfn, Known known, Plan plan) {
    int step = runs(pfn, -1) ? 1 : runs(pfn, 1) ? -1 : 0;
    if (step != 0) {
      propose(pfn, step, ofRuns.reach(), ofRuns, known, plan);
    }
    return step != 0;
  }

  private boolean runs(long pfn, int step) {
    for (int i = 1; i <= NEAR; i++) {
      if (touched.contains(pfn + (long) i * step)) {
        return true;
      }
    }
    return false;
  }

  private void propose(
      long from, int step, int count, Neighbours neighbours, Known known, Plan plan) {
    for (int i = 1; i <= count; i++) {
      long pfn = from + (long) i * step;
      if (pfn >= 0 && !known.known(pfn)) {
        if (!propose(pfn, neighbours.chance(), known, plan)) {
          return; // no room now, or no more in vain
        }
        neighbours.fetched(pfn, touched);
      }
    }
  }

  @Override
  public boolean room(Known known, Plan plan) {
    while (at < sure.length && pays(confidence[at])) {
      long pfn = sure[at];
      if (known.known(pfn) || propose(pfn, confidence[at], known, plan)) {
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

  private boolean propose(long pfn, double sure, Known known, Plan plan) {
    if (!pays(sure)) {
      return false;
    }
    plan.propose(pfn, 1);
    if (!known.known(pfn)) {
      return false;
    }
    unused++;
    vain += 1 - sure;
    return true;
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
