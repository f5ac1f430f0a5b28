package io.jettison.prefetch.history;

import io.jettison.api.memory.PageSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What earlier stays of a VM touched: for each page how sure it is to be touched again. Each stay
 * counts half and all before it the other half, so that one stay that was long, or odd, is
 * forgotten after a few others. Immutable.
 *
 * @param pages in the order in which the last stay touched them; after them those it did not touch
 * @param touched pages a stay touches, by the same weighing
 * @param tally for each sixteenth of confidence, how many pages of it there were and how many of
 *     them were touched, by the same weighing
 */
public record History(List<Page> pages, double touched, List<Tally> tally) {
  /** Sixteenths of confidence. */
  static final int STEPS = 16;

  /** Of no stay. */
  public static final History NONE =
      new History(List.of(), 0, Collections.nCopies(STEPS, new Tally(0, 0)));

  /** As many pages as a confidence itself is worth against what was seen. */
  private static final double PRIOR = 8;

  /** Less sure than this is forgotten. */
  private static final double FORGOTTEN = 0.05;

  private static final double WEIGHT = 0.5;

  /**
   * A page that was touched.
   *
   * @param pfn the page
   * @param confidence weighted share of stays that touched it, 0 to 1
   */
  public record Page(long pfn, double confidence) {}

  /**
   * What became of pages.
   *
   * @param pages how many there were
   * @param touched how many of them were touched
   */
  public record Tally(double pages, double touched) {}

  /** Checks. */
  public History {
    pages = List.copyOf(pages);
    tally = List.copyOf(tally);
    if (tally.size() != STEPS) {
      throw new IllegalArgumentException("a tally of " + tally.size() + " steps");
    }
  }

  private static int step(double confidence) {
    return Math.min(STEPS - 1, (int) (confidence * STEPS));
  }

  /** How likely a page is to be touched that is as sure as that. */
  double chance(double confidence) {
    Tally seen = tally.get(step(confidence));
    return (seen.touched() + PRIOR * confidence) / (seen.pages() + PRIOR);
  }

  /**
   * With one more stay.
   *
   * @param order pages in the order of their first touch, as far as it is known
   * @param all every page that was touched
   */
  public History with(Iterable<Long> order, PageSet all) {
    Map<Long, Double> before = new HashMap<>();
    pages.forEach(page -> before.put(page.pfn(), page.confidence()));
    Map<Long, Page> now = new LinkedHashMap<>();
    for (long pfn : order) {
      if (all.contains(pfn)) {
        now.computeIfAbsent(pfn, p -> touched(p, before));
      }
    }
    for (long pfn = all.next(0); pfn >= 0; pfn = all.next(pfn + 1)) {
      now.computeIfAbsent(pfn, p -> touched(p, before));
    }
    for (Page page : pages) {
      double confidence = page.confidence() * (1 - WEIGHT);
      if (confidence >= FORGOTTEN) {
        now.putIfAbsent(page.pfn(), new Page(page.pfn(), confidence));
      }
    }
    double size = all.size();
    return new History(
        List.copyOf(now.values()),
        touched == 0 ? size : touched * (1 - WEIGHT) + size * WEIGHT,
        tally(all));
  }

  private List<Tally> tally(PageSet all) {
    double[] seen = new double[STEPS];
    double[] hit = new double[STEPS];
    for (Page page : pages) {
      int step = step(page.confidence());
      seen[step]++;
      hit[step] += all.contains(page.pfn()) ? 1 : 0;
    }
    List<Tally> next = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      Tally before = tally.get(i);
      next.add(
          new Tally(
              before.pages() * (1 - WEIGHT) + seen[i] * WEIGHT,
              before.touched() * (1 - WEIGHT) + hit[i] * WEIGHT));
    }
    return next;
  }

  private static Page touched(long pfn, Map<Long, Double> before) {
    return new Page(pfn, before.getOrDefault(pfn, 0.0) * (1 - WEIGHT) + WEIGHT);
  }

  /**
   * The pages that are as likely as that to be touched, likeliest first, and of those equally
   * likely the ones touched earlier first.
   *
   * @param least how likely at least, 0 to 1
   * @param most how many at most
   * @return pages, each with its chance as confidence
   */
  public List<Page> likely(double least, long most) {
    List<Page> likely = new ArrayList<>();
    for (Page page : pages) {
      double chance = chance(page.confidence());
      if (chance >= least) {
        likely.add(new Page(page.pfn(), chance));
      }
    }
    likely.sort(Comparator.comparingDouble(Page::confidence).reversed()); // stable
    return likely.subList(0, (int) Math.min(most, likely.size()));
  }
}
