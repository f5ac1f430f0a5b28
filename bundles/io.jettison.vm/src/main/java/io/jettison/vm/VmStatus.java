package io.jettison.vm;

import java.time.Duration;
import java.util.Optional;

/**
 * A VM as this host knows it.
 *
 * @param name its name
 * @param driver its hypervisor driver
 * @param state where it is in its day
 * @param epoch its latest epoch
 * @param peer the other host: the server of a remote VM, the desktop of a partial one; empty if
 *     none
 * @param pagesTotal pages of the guest
 * @param pagesResident pages in this host's memory
 * @param idle how long no activity was seen; empty if unknown
 * @param trouble one line with what is wrong and the way out; empty if nothing is
 * @param stay the current stay on the server, or else the last one; empty if there was none
 * @param residence of a VM that is away, how it has what it misses; empty if nobody chose
 */
public record VmStatus(
    String name,
    String driver,
    VmState state,
    long epoch,
    String peer,
    long pagesTotal,
    long pagesResident,
    Optional<Duration> idle,
    String trouble,
    Optional<Stay> stay,
    Optional<Residence> residence) {}
