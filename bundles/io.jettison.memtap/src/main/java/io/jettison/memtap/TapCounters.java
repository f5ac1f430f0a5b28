package io.jettison.memtap;

/**
 * What a tap did. See {@code io.jettison.vm.Stay} for the meaning of the fields it shares.
 *
 * @param faults faults served, each page counted once
 * @param waits of these, those that waited for the desktop
 * @param fetched pages installed with contents from the desktop
 * @param zero pages installed as zeros
 * @param kept pages installed from what was at hand on the server
 * @param prefetched pages fetched ahead, with contents
 * @param prefetchHits faults that were served from what was fetched ahead
 * @param prefetchWaste of these, those that were dropped untouched
 * @param buffered pages fetched ahead that wait to be touched
 * @param bytesReceived bytes of page replies, headers included
 * @param bytesSent bytes of page requests, headers included
 * @param latencyP50Nanos median from a fault's arrival to its page being installed
 * @param latencyP99Nanos 99th percentile
 * @param latencyMaxNanos longest
 * @param links page links so far
 */
public record TapCounters(
    long faults,
    long waits,
    long fetched,
    long zero,
    long kept,
    long prefetched,
    long prefetchHits,
    long prefetchWaste,
    long buffered,
    long bytesReceived,
    long bytesSent,
    long latencyP50Nanos,
    long latencyP99Nanos,
    long latencyMaxNanos,
    long links) {}
