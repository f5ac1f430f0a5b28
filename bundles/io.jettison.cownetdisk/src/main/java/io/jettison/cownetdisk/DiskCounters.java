package io.jettison.cownetdisk;

/**
 * What a disk did since it was opened.
 *
 * @param reads READ requests answered
 * @param writes WRITE, WRITE_ZEROES and TRIM requests answered
 * @param flushes FLUSH requests answered
 * @param waits requests that waited for the desktop
 * @param fetched blocks that came from the desktop with contents
 * @param zero blocks that came from the desktop as zeros
 * @param prefetched blocks that came before they were touched
 * @param prefetchHits of these, those that were touched then
 * @param dirty blocks written in this stay
 * @param bytesReceived bytes of replies from the desktop, headers included
 * @param bytesSent bytes of requests to the desktop, headers included
 * @param latencyP50Nanos median from a block's being missed to its being there
 * @param latencyP99Nanos 99th percentile
 * @param latencyMaxNanos longest
 * @param links block links so far
 */
public record DiskCounters(
    long reads,
    long writes,
    long flushes,
    long waits,
    long fetched,
    long zero,
    long prefetched,
    long prefetchHits,
    long dirty,
    long bytesReceived,
    long bytesSent,
    long latencyP50Nanos,
    long latencyP99Nanos,
    long latencyMaxNanos,
    long links) {}
