package io.jettison.wire.control;

/**
 * A stay as the server counts it. Tap counters begin anew when the server's page service does.
 *
 * @param resident pages in the server's memory
 * @param dirty pages known to have changed
 * @param faults remote faults served
 * @param waits of these, those that waited for the desktop
 * @param fetched pages that came with contents
 * @param zero pages installed as zeros
 * @param kept pages installed from what the server kept of earlier stays
 * @param prefetched of the fetched, those no vCPU waited for
 * @param faultP50Nanos median time from fault to installation
 * @param faultP99Nanos 99th percentile
 * @param faultMaxNanos longest
 * @param blocksFetched blocks of disks that came with contents
 * @param blocksDirty blocks of disks written
 */
public record Figures(
    long resident,
    long dirty,
    long faults,
    long waits,
    long fetched,
    long zero,
    long kept,
    long prefetched,
    long faultP50Nanos,
    long faultP99Nanos,
    long faultMaxNanos,
    long blocksFetched,
    long blocksDirty) {
  /** Nothing counted yet. */
  public static final Figures NONE = new Figures(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}
