package io.jettison.prefetch.hybrid;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.prefetch.PrefetchPolicy;
import io.jettison.prefetch.history.Histories;
import io.jettison.prefetch.history.History;
import io.jettison.prefetch.history.Hoard;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Hoards at the beginning of a stay, and fetches a window around what it missed (Bila et al. 2015,
 * §5.3: hoard, then pivot).
 */
@Component(
    configurationPid = "io.jettison.prefetch.hybrid",
    property = {PrefetchPolicy.NAME + "=hybrid", "service.ranking:Integer=-10"})
@Designate(ocd = HybridPrefetch.Config.class)
public final class HybridPrefetch implements PrefetchPolicy {
  private static final double ANY = 0;

  /** Section [prefetch.hybrid]. */
  @ObjectClassDefinition(name = "Hoarding, then pivot")
  public @interface Config {
    /** Limit. */
    @AttributeDefinition(
        min = "0",
        max = "1048576",
        description = "MiB to fetch at most at the beginning of a stay")
    int limit() default 50;

    /** Window. */
    @AttributeDefinition(
        min = "1",
        max = "256",
        description = "pages to fetch with one that was missed, half of them before it")
    int window() default 20;
  }

  private final Histories histories;
  private final long limit;
  private final int window;

  /** In the framework. */
  @Activate
  public HybridPrefetch(BundleContext context, Config config) {
    this(Histories.of(context, "hybrid"), config.limit(), config.window());
  }

  /** With histories, a limit in MiB and a window in pages. */
  public HybridPrefetch(Histories histories, int limit, int window) {
    this.histories = histories;
    this.limit = limit * 256L;
    this.window = window;
  }

  @Override
  public Session open(String vm, MemoryMap map) {
    History history = histories.read(vm);
    Hoard hoard = new Hoard(history.likely(ANY, limit));
    return new Session() {
      @Override
      public void fault(long pfn, Known known, Plan plan) {
        long first = Math.max(0, pfn - window / 2);
        plan.propose(first, pfn + window - window / 2 - first + 1);
      }

      @Override
      public void reconsider() {
        hoard.again();
      }

      @Override
      public boolean room(Known known, Plan plan) {
        return hoard.propose(known, plan);
      }

      @Override
      public void end(PageSet touched, boolean wentHome) {
        if (wentHome) {
          histories.write(vm, history.with(List.of(), touched));
        }
      }
    };
  }
}
