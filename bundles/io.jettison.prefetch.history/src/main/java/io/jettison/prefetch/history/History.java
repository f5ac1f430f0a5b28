package io.jettison.prefetch.history;

import io.jettison.api.memory.PageSet;
import java.util.ArrayList;
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
 */
public record History(List<Page> pages, double touched) {
  /** Of no stay. */
  public static final History NONE = new History(List.of(), 0);

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

  /** Checks. */
  public History {
    pages = List.copyOf(pages);
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
        List.copyOf(now.values()), touched == 0 ? size : touched * (1 - WEIGHT) + size * WEIGHT);
  }

  private static Page touched(long pfn, Map<Long, Double> before) {
    return new Page(pfn, before.getOrDefault(pfn, 0.0) * (1 - WEIGHT) + WEIGHT);
  }

  /**
   * The pages that are as sure as that, surest first, and of those equally sure the ones touched
   * earlier first.
   *
   * @param most how many at most
   */
  public List<Page> likely(double confidence, long most) {
    List<Page> sure = new ArrayList<>(pages);
    sure.removeIf(page -> page.confidence() < confidence);
    sure.sort(Comparator.comparingDouble(Page::confidence).reversed()); // stable
    return sure.subList(0, (int) Math.min(most, sure.size()));
  }
}
