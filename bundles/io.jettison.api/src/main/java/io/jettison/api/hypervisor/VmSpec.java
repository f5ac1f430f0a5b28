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
   * @param id unique within the VM; letters, digits, dash and underscore
   * @param path where its image is on the host
   * @param kind how it is reached
   * @param format name of its image's format, such as {@code raw}
   * @param bytes its size; 0 if nobody needs to know
   */
  public record Disk(String id, String path, Kind kind, String format, long bytes) {
    /** The format of an image that has none. */
    public static final String RAW = "raw";

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,32}");

    /** How a disk is reached from the other host. */
    public enum Kind {
      /**
       * Never written, and under the same path on both hosts: an installation medium, a shared
       * image.
       */
      READ_ONLY_EVERYWHERE,
      /**
       * On the desktop, and written. On the server its blocks are fetched when they are touched,
       * what is written stays in a slice there, and comes home with the VM (Bila et al. 2015, §6.1:
       * cownetdisk).
       */
      FOLLOWS,
      /**
       * Written, and under the same path on both hosts, on storage that both reach: nothing follows
       * (Bila et al. 2015, §6.1: network storage).
       */
      SHARED
    }

    /** Checks the id. */
    public Disk {
      if (!ID.matcher(id).matches() || bytes < 0) {
        throw new IllegalArgumentException("no disk: " + id + " of " + bytes + " bytes");
      }
    }

    /** A raw image of a size that nobody needs to know. */
    public Disk(String id, String path, Kind kind) {
      this(id, path, kind, RAW, 0);
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

  /** Its disks whose blocks follow it. */
  public List<Disk> following() {
    return disks.stream().filter(disk -> disk.kind() == Disk.Kind.FOLLOWS).toList();
  }

  /** Whether a VM can have this name. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }
}
