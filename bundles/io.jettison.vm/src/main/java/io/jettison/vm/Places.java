package io.jettison.vm;

import io.jettison.api.hypervisor.VmPlace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where this host keeps what.
 *
 * @param state on a disk: what must survive a power failure
 * @param memory on a file system in RAM: guest memory
 * @param run sockets, process notes and logs
 */
public record Places(Path state, Path memory, Path run) {
  /**
   * The folders of this runtime.
   *
   * @param properties gives {@code jettison.state}, {@code jettison.memory} and {@code
   *     jettison.run}; null for those not set
   */
  public static Places of(Function<String, @Nullable String> properties) {
    return new Places(
        path(properties, "jettison.state", "/var/lib/jettison"),
        path(properties, "jettison.memory", "/dev/shm/jettison"),
        path(properties, "jettison.run", "/run/jettison"));
  }

  private static Path path(
      Function<String, @Nullable String> properties, String key, String otherwise) {
    String value = properties.apply(key);
    return Path.of(value == null ? otherwise : value).toAbsolutePath();
  }

  /**
   * The folders of a VM, created if they are not there.
   *
   * @throws IOException if they cannot be created
   */
  public VmPlace of(String vm) throws IOException {
    String folder = vm.replace('/', '~');
    return new VmPlace(
        Files.createDirectories(memory.resolve(folder)),
        Files.createDirectories(run.resolve(folder)));
  }

  /** Where what is known of a VM's disks is kept; need not be there. */
  public Path disks(String vm) {
    return state.resolve("disks").resolve(vm.replace('/', '~'));
  }
}
