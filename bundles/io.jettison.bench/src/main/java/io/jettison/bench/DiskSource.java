package io.jettison.bench;

import io.jettison.api.hypervisor.VmSpec;
import io.jettison.cownetdisk.CowDisk;
import io.jettison.cownetdisk.internal.DiskService;
import io.jettison.wire.Hello;
import io.jettison.wire.Hello.Purpose;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Cownetdisk and nothing else, in a JVM of its own: {@code DiskSource BASE FOLDER SOCKET}. What is
 * missing comes from the base, a file.
 */
public final class DiskSource {
  /** The disk, and the name of its export. */
  static final String DISK = "vda";

  private static final String VM = "pc";
  private static final long EPOCH = 1;

  private DiskSource() {}

  /** Serves a disk until standard input ends. */
  public static void main(String[] arguments) throws IOException {
    Path base = Path.of(arguments[0]);
    Path folder = Path.of(arguments[1]);
    Path socket = Path.of(arguments[2]);
    VmSpec.Disk spec =
        new VmSpec.Disk(
            DISK, base.toString(), VmSpec.Disk.Kind.FOLLOWS, VmSpec.Disk.RAW, Files.size(base));
    DiskService service = new DiskService();
    try (CowDisk disk =
        service
            .open(VM, EPOCH, spec, folder.resolve("slices"), folder.resolve("live"), socket)
            .orThrow()) {
      Hello hello = new Hello(Purpose.BLOCKS, "desktop", VM + "/" + DISK, EPOCH);
      BaseLink link = new BaseLink(base, EPOCH, service.attach(hello).orThrow());
      System.out.println("READY");
      while (System.in.read() >= 0) {
        System.out.println(disk.counters());
      }
      link.close();
    }
    System.exit(0);
  }
}
