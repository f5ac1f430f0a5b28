package io.jettison.prefetch.recall;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.prefetch.PrefetchPolicy;
import io.jettison.prefetch.history.Histories;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Fetches what earlier stays touched, surest and earliest first, as long as it pays; and neighbours
 * of what is touched, along runs of pages and around single ones, as many as have been of use
 * lately.
 *
 * <p>Idle VMs touch the same set of pages stay after stay, in no order that repeats. So the set is
 * recalled as hoarding does it, but with a bound on what may be expected to be in vain: a page that
 * every stay touched is next to free, one that only the last one touched counts half, and together
 * they may be a share of what a stay touches.
 */
@Component(property = {PrefetchPolicy.NAME + "=recall", "service.ranking:Integer=5"})
public final class RecallPrefetch implements PrefetchPolicy {
  private final Histories histories;

  /** In the framework. */
  @Activate
  public RecallPrefetch(BundleContext context) {
    this(Histories.of(context, "recall"));
  }

  /** With histories. */
  public RecallPrefetch(Histories histories) {
    this.histories = histories;
  }

  @Override
  public Session open(String vm, MemoryMap map) {
    return new RecallSession(vm, map, histories);
  }
}
