package io.jettison.api.prefetch;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
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

  /**
   * A policy at work for one stay of one VM on the server. Used by one thread at a time. But for
   * {@link #end}, all runs on the fault path: no blocking, no logging, no allocation; an exception
   * ends the session, and the VM runs on without prefetch.
   */
  @ConsumerType
  interface Session {
    /**
     * A page that was not known had to be fetched; it is asked for already.
     *
     * @param pfn the page
     */
    void fault(long pfn, Known known, Plan plan);

    /**
     * A page was touched that was fetched ahead, or is on its way because it was proposed.
     *
     * @param pfn the page
     */
    default void hit(long pfn, Known known, Plan plan) {}

    /**
     * Little is under way: at the beginning of a stay, and whenever what was proposed has come.
     *
     * @return whether to ask again before the next fault or hit; false if there is nothing more to
     *     propose
     */
    default boolean room(Known known, Plan plan) {
      return false;
    }

    /** Some pages that were known are not any more: what was passed over may be proposed again. */
    default void reconsider() {}

    /**
     * The session is over. Not on the fault path: may take its time, and keep what it learned.
     *
     * @param touched pages the VM touched, whether or not it waited for them; those of earlier
     *     sessions of the same stay included
     * @param wentHome whether the stay is over and the VM went home; if not, the policy is replaced
     *     or the VM was lost
     */
    default void end(PageSet touched, boolean wentHome) {}
  }

  /**
   * A VM begins a stay.
   *
   * @param vm its name
   * @param map its pages
   */
  Session open(String vm, MemoryMap map);
}
