package io.jettison.api.prefetch;

import io.jettison.api.memory.MemoryMap;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Says which pages to fetch ahead of their use. Registered as a service with property {@link
 * #NAME}; may be replaced while VMs run, the next fault then asks its successor.
 */
@ConsumerType
public interface PrefetchPolicy {
  /** Service property with the policy's name. */
  String NAME = "jettison.prefetch";

  /** What a policy sees of the prefetch buffer: fetched pages wait there until they are touched. */
  @FunctionalInterface
  interface Known {
    /** Whether the page is resident, buffered, or asked for already. */
    boolean known(long pfn);
  }

  /** Where a policy says what to fetch. */
  @FunctionalInterface
  interface Plan {
    /**
     * Proposes pages, most useful first. Known pages are skipped.
     *
     * @return how many more pages will be accepted for this fault; 0 or less: stop
     */
    long propose(long first, long count);
  }

  /** A policy at work for one stay of one VM on the server. Used by one thread at a time. */
  @ConsumerType
  interface Session {
    /**
     * A page that was not known had to be fetched. Runs on the fault path, after the page was asked
     * for: no blocking, no logging, no allocation. An exception ends this session: the VM then runs
     * without prefetch.
     *
     * @param pfn the page
     */
    void fault(long pfn, Known known, Plan plan);
  }

  /**
   * A VM begins a stay.
   *
   * @param vm its name
   * @param map its pages
   */
  Session open(String vm, MemoryMap map);
}
