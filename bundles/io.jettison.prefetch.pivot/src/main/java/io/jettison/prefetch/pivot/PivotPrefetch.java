package io.jettison.prefetch.pivot;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.prefetch.PrefetchPolicy;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Fetches a window of pages around each that is touched (Bila et al. 2015, §5.3: pivot). */
@Component(
    configurationPid = "io.jettison.prefetch.pivot",
    property = {PrefetchPolicy.NAME + "=pivot", "service.ranking:Integer=-10"})
@Designate(ocd = PivotPrefetch.Config.class)
public final class PivotPrefetch implements PrefetchPolicy {
  /** Section [prefetch.pivot]. */
  @ObjectClassDefinition(name = "Pivot prefetch")
  public @interface Config {
    /** Window. */
    @AttributeDefinition(
        min = "1",
        max = "256",
        description = "pages to fetch with the one that was touched, half of them before it")
    int window() default 20;
  }

  private final int window;

  /** With a window. */
  @Activate
  public PivotPrefetch(Config config) {
    window = config.window();
  }

  @Override
  public Session open(String vm, MemoryMap map) {
    // pages of the window that the guest does not have are left out by the plan
    return (pfn, known, plan) -> {
      long first = Math.max(0, pfn - window / 2);
      plan.propose(first, pfn + window - window / 2 - first + 1);
    };
  }
}
