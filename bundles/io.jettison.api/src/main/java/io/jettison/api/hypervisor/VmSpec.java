package io.jettison.api.hypervisor;

import io.jettison.api.memory.MemoryMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a VM is, equal on both hosts. It travels to the server, which must be able to build the same
 * machine from it. Immutable.
 *
 * @param name unique among the VMs of a desktop; letters, digits, dot, dash and underscore, at most
 *     64
 * @param driver the {@linkplain HypervisorDriver#NAME name} of the driver it belongs to
 * @param memory the guest's pages
 * @param disks its disks
 * @param settings what the driver needs beyond that, in the driver's own words
 */
public record VmSpec(
    String name, String driver, MemoryMap memory, List<Disk> disks, Map<String, String> settings) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /**
   * A disk of the VM.
   *
   * @param id unique within the VM
   * @param path where its image is on the host
   * @param kind how it is reached
   */
  public record Disk(String id, String path, Kind kind) {
    /** How a disk is reached from the other host. */
    public enum Kind {
      /**
       * Never written, and under the same path on both hosts: an installation medium, a shared
       * image.
       */
      READ_ONLY_EVERYWHERE
    }
  }

  /** Checks the name. */
  public VmSpec {
    if (!isName(name)) {
      throw new IllegalArgumentException("no VM name: " + name);
    }
    disks = List.copyOf(disks);
    settings = Map.copyOf(settings);
  }

  /** Whether a VM can have this name. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }
}
