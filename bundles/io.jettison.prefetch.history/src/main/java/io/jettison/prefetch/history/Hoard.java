package io.jettison.prefetch.history;

import io.jettison.api.prefetch.PrefetchPolicy.Known;
import io.jettison.api.prefetch.PrefetchPolicy.Plan;
import java.util.List;

/** Pages to fetch one after the other, as room allows. Not thread-safe. */
public final class Hoard {
  private final long[] pfns;
  private int at;

  /** In this order. */
  public Hoard(List<History.Page> pages) {
    this.pfns = pages.stream().mapToLong(History.Page::pfn).toArray();
  }

  /** Begins anew: pages that were passed over because they were known may not be any more. */
  public void again() {
    at = 0;
  }

  /**
   * Proposes the next pages.
   *
   * @return whether there are more
   */
  public boolean propose(Known known, Plan plan) {
    long room = 1;
    while (at < pfns.length && room > 0) {
      if (known.known(pfns[at])) {
        at++;
      } else {
        room = plan.propose(pfns[at], 1);
        // not taken for lack of room: it is proposed again
        at += known.known(pfns[at]) ? 1 : 0;
      }
    }
    return at < pfns.length;
  }
}
