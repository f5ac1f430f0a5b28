package io.jettison.memtap.internal;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.prefetch.PrefetchPolicy;
import io.jettison.api.prefetch.PrefetchPolicy.Known;
import io.jettison.api.prefetch.PrefetchPolicy.Plan;
import io.jettison.api.prefetch.PrefetchPolicy.Session;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks whichever prefetch policy there is, and does without one that fails. Not thread-safe. */
final class Prefetcher {
  private static final Logger LOG = LoggerFactory.getLogger(Prefetcher.class);

  private final String vm;
  private final MemoryMap map;
  private final Supplier<@Nullable PrefetchPolicy> policies;
  private @Nullable PrefetchPolicy policy;
  private @Nullable Session session;

  Prefetcher(String vm, MemoryMap map, Supplier<@Nullable PrefetchPolicy> policies) {
    this.vm = vm;
    this.map = map;
    this.policies = policies;
  }

  void fault(long pfn, Known known, Plan plan) {
    try {
      PrefetchPolicy now = policies.get();
      if (now != policy) {
        policy = now;
        session = null;
        session = now == null ? null : now.open(vm, map);
      }
      Session asked = session;
      if (asked != null) {
        asked.fault(pfn, known, plan);
      }
    } catch (RuntimeException | LinkageError e) {
      session = null;
      LOG.error("{} goes on without the prefetch policy {}, which failed", vm, policy, e);
    }
  }
}
