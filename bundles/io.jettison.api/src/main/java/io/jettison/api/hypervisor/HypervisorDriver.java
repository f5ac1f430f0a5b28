package io.jettison.api.hypervisor;

import io.jettison.api.Outcome;
import io.jettison.api.memory.Residual;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A hypervisor. Registered as a service with property {@link #NAME}; may come and go while VMs run:
 * a VM outlives the driver's bundle and is found again by {@link #attach} or {@link #reattach}.
 *
 * <p>Methods may block for as long as starting a VMM takes, and may be called from any thread;
 * calls for one VM do not overlap. A refusal leaves nothing running and no files behind that were
 * not there before.
 */
@ConsumerType
public interface HypervisorDriver {
  /** Service property with the driver's name, the {@link VmSpec#driver()} of its VMs. */
  String NAME = "jettison.hypervisor";

  /**
   * Whether this host can run VMs of this driver; if not, what to do about it.
   *
   * @return one line on what was found, such as the version and the accelerator
   */
  Outcome<String> check();

  /**
   * Desktop: starts the VM afresh, as a PC that is switched on. Earlier memory of it is discarded.
   */
  Outcome<LocalVm> boot(VmSpec spec, VmPlace place);

  /**
   * Desktop: finds a VM whose VMM still lives, running or stopped, after a restart of the JVM or
   * the driver.
   */
  Outcome<LocalVm> attach(VmSpec spec, VmPlace place);

  /** Desktop: opens the memory a retired or stopped VM left. Refused if there is none. */
  Outcome<Residual> residual(VmSpec spec, VmPlace place);

  /**
   * Desktop: starts a VMM on the residual that waits for a descriptor. The residual is not written
   * until {@link ReturningVm#integrate}.
   */
  Outcome<ReturningVm> prepareReturn(VmSpec spec, VmPlace place);

  /** Server: starts a VMM with all memory absent that waits for a descriptor. */
  Outcome<PartialVm> prepare(VmSpec spec, VmPlace place);

  /**
   * Server: finds a partial VM whose VMM still lives, after a restart of the JVM or the driver. Its
   * vCPUs were neither stopped nor started by this; those that wait for a page wait on until {@link
   * io.jettison.api.memory.PagedMemory#retry}. Must not need a vCPU to make progress.
   */
  Outcome<PartialVm> reattach(VmSpec spec, VmPlace place);

  /**
   * Ends whatever VMM of this VM is still there and removes its files, memory included. Idempotent.
   */
  void purge(VmSpec spec, VmPlace place);

  /**
   * Desktop: describes a small VM that nobody uses, for moves that are only rehearsed: its guest
   * reads and rewrites some memory all the time, and it has no disk.
   *
   * @param name what the VM is to be called
   * @return refused where there is none; VMs of this driver are then moved unrehearsed
   */
  default Outcome<VmSpec> rehearsal(String name) {
    return Outcome.refused("this driver has no VM to rehearse with", "nothing needs to be done");
  }
}
