package io.jettison.vm;

import io.jettison.api.hypervisor.VmSpec;
import java.util.Optional;

/**
 * What a host's journal says of a VM. On a desktop it decides who may run the VM; on a server it
 * helps to find a partial VM again.
 *
 * @param vm the VM's name on this host
 * @param phase see {@link Phase}
 * @param epoch the epoch of the phase; no later one was used
 * @param peer the other host, {@code host:port}; empty if none
 * @param spec what the VM is; empty only for {@link Phase#OFF}
 * @param detail what else the phase needs to remember, in the words of who wrote it; one line
 */
public record Ownership(
    String vm, Phase phase, long epoch, String peer, Optional<VmSpec> spec, String detail) {
  /** What is durable. */
  public enum Phase {
    /** Desktop: no VMM, nothing to go on from. */
    OFF,
    /** Desktop: the desktop may run it. */
    HOME,
    /** Desktop: the desktop may run it; the epoch was offered to a server and is used up. */
    LEAVING,
    /** Desktop: only the server named by {@code peer} may run it. */
    AWAY,
    /**
     * Desktop: the desktop may run it, once the staged pages and descriptor are integrated, which
     * may be repeated.
     */
    COMMITTED,
    /**
     * Server: a VMM was started for this epoch. If it runs, it was activated; if it waits, it was
     * not; if it is gone, nobody knows.
     */
    HOSTED,
    /** Server: this epoch was ended here, and no VM will run here in it or an earlier one. */
    ENDED
  }

  /** The same VM in another phase. */
  public Ownership with(Phase newPhase, long newEpoch, String newPeer, String newDetail) {
    return new Ownership(vm, newPhase, newEpoch, newPeer, spec, newDetail);
  }
}
