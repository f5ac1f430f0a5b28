package io.jettison.prefetch.hoarding;

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
 * Fetches at the beginning of a stay what earlier stays of the same VM touched (Bila et al. 2015,
 * §5.3: hoarding).
 */
@Component(
    configurationPid = "io.jettison.prefetch.hoarding",
    property = {PrefetchPolicy.NAME + "=hoarding", "service.ranking:Integer=-10"})
@Designate(ocd = HoardingPrefetch.Config.class)
public final class HoardingPrefetch implements PrefetchPolicy {
  private static final double ANY = 0;

  /** Section [prefetch.hoarding]. */
  @ObjectClassDefinition(name = "Hoarding")
  public @interface Config {
    /** Limit. */
    @AttributeDefinition(
        min = "0",
        max = "1048576",
        description = "MiB to fetch at most at the beginning of a stay")
    int limit() default 50;
  }

  private final Histories histories;
  private final long limit;

  /** In the framework. */
  @Activate
  public HoardingPrefetch(BundleContext context, Config config) {
    this(Histories.of(context, "hoarding"), config.limit());
  }

  /** With histories and a limit in MiB. */
  public HoardingPrefetch(Histories histories, int limit) {
    this.histories = histories;
    this.limit = limit * 256L;
  }

  @Override
  public Session open(String vm, MemoryMap map) {
    History history = histories.read(vm);
    Hoard hoard = new Hoard(history.likely(ANY, limit));
    return new Session() {
      @Override
      public void fault(long pfn, Known known, Plan plan) {}

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
