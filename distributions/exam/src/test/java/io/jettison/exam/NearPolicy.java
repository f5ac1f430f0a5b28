package io.jettison.exam;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.prefetch.PrefetchPolicy;

/** A policy as an add-on author writes it; goes into a jar that is dropped into deploy/. */
public final class NearPolicy implements PrefetchPolicy {
  @Override
  public Session open(String vm, MemoryMap map) {
    return (pfn, known, plan) -> plan.propose(pfn + 1, 3);
  }
}
