package io.jettison.hypervisor.qemu.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.hypervisor.VmSpec.Disk;
import java.nio.file.Files;
import java.nio.file.Path;

/** How QEMU is told of disks. What the guest sees of one is the same on both hosts. */
final class Disks {
  /**
   * How long a request waits for its disk to be served again, in seconds: as long as a page does
   * (Bila et al. 2015, §6.2: 3 hours).
   */
  private static final int RECONNECT_SECONDS = 3 * 60 * 60;

  /** A disk too large for cylinders has these (ATA-6, 6.2.1). */
  private static final long MAX_CYLINDERS = 16_383;

  private static final int HEADS = 16;
  private static final int SECTORS = 63;
  private static final int SECTOR = 512;

  private Disks() {}

  /** Whether a disk that does not follow the VM is there; one that follows is somebody else's. */
  static Outcome<Nothing> check(Disk disk) {
    Path path = Path.of(disk.path());
    return switch (disk.kind()) {
      case READ_ONLY_EVERYWHERE -> RawImage.check(path);
      case FOLLOWS -> Outcome.done();
      case SHARED ->
          Files.isWritable(path)
              ? Outcome.done()
              : Outcome.refused(
                  "the shared disk " + path + " is not there, or may not be written",
                  "mount the storage both hosts share under the same path on both");
    };
  }

  /**
   * A block node.
   *
   * @param away whether it is for the server
   */
  static String node(Disk disk, VmPlace place, boolean away) {
    String id = "node-name=" + disk.id();
    String file = ",file.driver=file,file.filename=" + Machine.escaped(disk.path());
    return switch (disk.kind()) {
      case READ_ONLY_EVERYWHERE -> id + ",driver=raw,read-only=on" + file;
      // past the host's page cache, of which the other host knows nothing
      case SHARED -> id + ",driver=" + disk.format() + ",discard=unmap,cache.direct=on" + file;
      case FOLLOWS ->
          away
              ? id
                  + ",driver=nbd,discard=unmap,server.type=unix,server.path="
                  + Machine.escaped(place.disk(disk.id()).toString())
                  + ",export="
                  + disk.id()
                  + ",reconnect-delay="
                  + RECONNECT_SECONDS
              : id + ",driver=" + disk.format() + ",discard=unmap" + file;
    };
  }

  static String device(Disk disk) {
    String device = "virtio-blk-pci,drive=" + disk.id() + ",write-cache=on";
    return disk.kind() == Disk.Kind.FOLLOWS ? device + geometry(disk.bytes()) : device;
  }

  // Without it QEMU guesses it from the first block as it starts: on the server it would wait for
  // that block, which is not given before the VM has left.
  private static String geometry(long bytes) {
    long cylinders = bytes / SECTOR / (HEADS * SECTORS);
    return ",cyls="
        + Math.max(1, Math.min(MAX_CYLINDERS, cylinders))
        + ",heads="
        + HEADS
        + ",secs="
        + SECTORS;
  }
}
