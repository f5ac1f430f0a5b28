package io.jettison.prefetch.cluster;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.prefetch.PrefetchPolicy;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Fetches the aligned cluster a touched page lies in: small, since an idle VM touches sparsely. */
@Component(
    configurationPid = "io.jettison.prefetch.cluster",
    property = {PrefetchPolicy.NAME + "=cluster", "service.ranking:Integer=-10"})
@Designate(ocd = ClusterPrefetch.Config.class)
public final class ClusterPrefetch implements PrefetchPolicy {
  /** Section [prefetch.cluster]. */
  @ObjectClassDefinition(name = "Cluster prefetch")
  public @interface Config {
    /** Size. */
    @AttributeDefinition(min = "2", max = "256", description = "pages of a cluster")
    int pages() default 4;
  }

  private final int pages;

  /** With clusters of a size. */
  @Activate
  public ClusterPrefetch(Config config) {
    pages = config.pages();
  }

  @Override
  public Session open(String vm, MemoryMap map) {
    return (pfn, known, plan) -> plan.propose(pfn - pfn % pages, pages);
  }
}
