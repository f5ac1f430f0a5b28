package io.jettison.vm;

/**
 * One stay of a VM on the server, in figures. While it lasts, those of the return are zero.
 *
 * @param epoch the stay's epoch
 * @param consolidateNanos vCPUs stopped on the desktop until they run on the server, by the
 *     desktop's clock
 * @param reintegrateNanos vCPUs stopped on the server until they run on the desktop, by the
 *     desktop's clock
 * @param descriptorBytes vCPU and device state, as sent to the server
 * @param mapBytes memory map, as sent to the server
 * @param pagesTotal pages of the guest
 * @param pagesPopulated pages with contents on the desktop at hand-over: the VM's resident memory
 *     there
 * @param pagesResident pages in the server's memory
 * @param pagesFetched pages that came from the desktop with their contents
 * @param pagesZero pages installed as zeros, without contents on the wire
 * @param pagesKept pages installed from what the server kept of earlier stays
 * @param pagesPrefetched of the pages fetched, those no vCPU waited for
 * @param pagesDirty pages that changed on the server
 * @param bytesToServer bytes of the stay towards the server, messages of all kinds included, but
 *     for what was parked
 * @param bytesParked bytes of what was parked on the server's disk
 * @param bytesToDesktop bytes of the return towards the desktop: dirty pages, descriptor and what
 *     describes them
 * @param faults faults served
 * @param waits of these, those that waited for the desktop
 * @param faultP50Nanos median time from a fault's arrival to its page being installed
 * @param faultP99Nanos 99th percentile of it
 * @param faultMaxNanos longest
 * @param blocksFetched blocks of disks that came from the desktop with their contents
 * @param blocksDirty blocks of disks written on the server
 * @param beganMillis when the stay began, Unix time
 * @param endedMillis when it ended, Unix time; 0 while it lasts
 */
public record Stay(
    long epoch,
    long consolidateNanos,
    long reintegrateNanos,
    long descriptorBytes,
    long mapBytes,
    long pagesTotal,
    long pagesPopulated,
    long pagesResident,
    long pagesFetched,
    long pagesZero,
    long pagesKept,
    long pagesPrefetched,
    long pagesDirty,
    long bytesToServer,
    long bytesParked,
    long bytesToDesktop,
    long faults,
    long waits,
    long faultP50Nanos,
    long faultP99Nanos,
    long faultMaxNanos,
    long blocksFetched,
    long blocksDirty,
    long beganMillis,
    long endedMillis) {}
