package io.jettison.api.trace;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Records events. Registered as a service; every sink gets every event. Called from the fault path:
 * no blocking, no allocation; a sink that throws is not called again.
 */
@ConsumerType
public interface TraceSink {
  /** What happened. */
  enum Kind {
    /** A page was touched that was not there; {@code detail} is its pfn. */
    FAULT,
    /** A page came that no vCPU waits for; {@code detail} is its pfn. */
    PREFETCH,
    /** A VM began to run on the server; {@code detail} is its epoch. */
    CONSOLIDATED,
    /** A VM came home; {@code detail} is its epoch. */
    REINTEGRATED
  }

  /**
   * An event.
   *
   * @param vm the VM's name
   * @param atNanos {@link System#nanoTime()} of the event
   * @param kind what happened
   * @param detail as the kind says
   */
  void event(String vm, long atNanos, Kind kind, long detail);
}
