package io.jettison.cownetdisk;

import io.jettison.api.Outcome;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.wake.NeedSink;
import io.jettison.wire.Hello;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/** Serves the disks of partial VMs. Thread-safe. */
@ProviderType
public interface Cownetdisk {
  /**
   * Begins to serve a disk as an NBD export of its id. What is in the folders of the same stay is
   * found again; what is there of another is discarded. Blocks that are missing are fetched as soon
   * as a block link of the same disk and epoch comes.
   *
   * @param vm its name, that of its desktop before it
   * @param epoch the stay's epoch
   * @param disk one whose size is known
   * @param slices folder for what outlives a power failure; created if need be
   * @param live folder for what need not; created if need be
   * @param socket where; a socket that nobody listens at any more is replaced
   * @param desktop told of every block that the VM waits for, and of every block that came
   */
  Outcome<CowDisk> open(
      String vm,
      long epoch,
      VmSpec.Disk disk,
      Path slices,
      Path live,
      Path socket,
      NeedSink desktop);

  /** As above, for a VM whose desktop never sleeps. */
  default Outcome<CowDisk> open(
      String vm, long epoch, VmSpec.Disk disk, Path slices, Path live, Path socket) {
    return open(vm, epoch, disk, slices, live, socket, NeedSink.NOBODY);
  }

  /**
   * Takes over a block link that a desktop opened. A later link for the same disk takes the place
   * of an earlier one; what was asked over that one is asked again.
   *
   * @param hello how the link introduced itself
   * @return the handler of the link from now on; refused if no such disk is served in this epoch
   */
  Outcome<LinkHandler> attach(Hello hello);
}
