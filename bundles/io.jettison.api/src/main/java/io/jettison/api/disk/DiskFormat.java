package io.jettison.api.disk;

import io.jettison.api.Outcome;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A format of disk images on the desktop. Registered as a service with property {@link #NAME}; its
 * name is the one hypervisors know it by. Thread-safe. Methods may block for as long as starting a
 * helper program takes.
 */
@ConsumerType
public interface DiskFormat {
  /** Service property with the format's name, such as {@code raw}. */
  String NAME = "jettison.disk.format";

  /**
   * Looks at an image that may be in use.
   *
   * @return the disk's size in bytes; refused if there is no such image, if it is not of this
   *     format, or if it needs files that do not follow the VM
   */
  Outcome<Long> bytes(Path image);

  /**
   * Opens the image of a VM that was stopped and has written all it had: read-only, as it is now.
   * Nobody writes it until it is closed.
   */
  Outcome<DiskImage> open(Path image);

  /** Opens an image that no VM uses, to write what changed elsewhere. */
  Outcome<DiskTarget> openTarget(Path image);
}
