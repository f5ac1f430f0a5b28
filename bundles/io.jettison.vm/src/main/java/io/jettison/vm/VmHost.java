package io.jettison.vm;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What people and policies can ask of this host about VMs. A desktop and a server each register
 * one. Thread-safe; operations on one VM do not overlap, a second one is refused.
 */
@ProviderType
public interface VmHost {
  /** Service property: {@code desktop} or {@code server}. */
  String SIDE = "jettison.side";

  /** Takes the steps of a long operation, as they begin. */
  @FunctionalInterface
  interface Progress {
    /** For callers that do not watch. */
    Progress NONE = step -> {};

    /** A step begins; one line for people. */
    void step(String what);
  }

  /** All VMs known here, by name. */
  List<VmStatus> vms();

  /** Desktop: boots a VM that is off. */
  Outcome<Nothing> boot(String vm, Progress progress);

  /** Desktop: ends a VM, as pulling its plug. Refused while it is on the server. */
  Outcome<Nothing> powerOff(String vm, Progress progress);

  /**
   * Moves a VM to the server. Refused or failed, it runs on the desktop as before.
   *
   * @return time in which its vCPUs ran nowhere, in nanoseconds
   */
  Outcome<Long> consolidate(String vm, Progress progress);

  /**
   * Brings a VM home. Refused or failed before the commit, it runs on the server as before. On a
   * server, asks the VM's desktop to do so.
   *
   * @return what its stay on the server was like
   */
  Outcome<Stay> reintegrate(String vm, Progress progress);

  /**
   * Desktop: goes on from the state a VM left with, giving up what it did on the server. Refused
   * unless the server itself says that it lost the VM: two hosts must never run it.
   */
  Outcome<Nothing> recover(String vm, Progress progress);

  /**
   * Desktop: brings home what a VM that the server lost has written to its disks there, at least
   * all that it flushed, and leaves it off, as a power failure leaves a PC. Refused as {@link
   * #recover} is.
   *
   * @return how many blocks came
   */
  Outcome<Long> salvage(String vm, Progress progress);
}
