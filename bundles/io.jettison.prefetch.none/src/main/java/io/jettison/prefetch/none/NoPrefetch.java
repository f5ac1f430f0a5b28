package io.jettison.prefetch.none;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.prefetch.PrefetchPolicy;
import org.osgi.service.component.annotations.Component;

/** Every page is fetched when it is touched, and only then (Bila et al. 2015, §5.3: on demand). */
@Component(property = PrefetchPolicy.NAME + "=none")
public final class NoPrefetch implements PrefetchPolicy {
  @Override
  public Session open(String vm, MemoryMap map) {
    return (pfn, known, plan) -> {};
  }
}
