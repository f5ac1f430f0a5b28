package io.jettison.api.hypervisor;

import java.nio.file.Path;

/**
 * Where a VM's files are on one host. Both folders exist, belong to this VM alone and are kept over
 * a restart of the JVM.
 *
 * @param memory folder for guest memory, on a file system in RAM
 * @param run folder for sockets, process notes and logs
 */
public record VmPlace(Path memory, Path run) {
  /**
   * Server: the Unix socket where a disk that {@linkplain VmSpec.Disk.Kind#FOLLOWS follows} is
   * served as an NBD export of that name while its VM is prepared, runs and is found again. After a
   * restart of the JVM it is served there anew: what attaches it has to connect again and to repeat
   * what was not answered.
   *
   * @param id the disk's {@link VmSpec.Disk#id}
   */
  public Path disk(String id) {
    return run.resolve("disk-" + id + ".sock");
  }
}
