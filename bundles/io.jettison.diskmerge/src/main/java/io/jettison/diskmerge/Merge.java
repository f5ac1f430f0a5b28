package io.jettison.diskmerge;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.disk.DiskFormat;
import io.jettison.api.disk.DiskTarget;
import io.jettison.api.hypervisor.VmSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;

/** Writes what is staged into the images. */
public final class Merge {
  private Merge() {}

  /**
   * Writes all changed blocks into their images, one disk after the other; they are durable when
   * this is done. To be called only once the return is committed, and repeated until it is done: on
   * the way some blocks are changed and others are not. The staging stays; it is to be discarded
   * before the VM runs.
   *
   * @param staging a complete one
   * @param formats the format of a disk
   * @return refused if an image cannot be opened
   * @throws IOException if blocks cannot be read or written
   */
  public static Outcome<Nothing> apply(
      DiskStaging staging, Function<VmSpec.Disk, Outcome<DiskFormat>> formats) throws IOException {
    StagedReader reader = staging.reader();
    for (Changes changes : staging.index().disks()) {
      if (changes.runs().isEmpty() && changes.zeros().isEmpty()) {
        continue;
      }
      Path image = Path.of(changes.disk().path());
      Outcome<DiskTarget> opened =
          formats.apply(changes.disk()).then(format -> format.openTarget(image));
      if (!(opened instanceof Done<DiskTarget> done)) {
        return ((Refused<DiskTarget>) opened).as();
      }
      try (DiskTarget target = done.value()) {
        write(reader, changes, target);
      }
    }
    return Outcome.done();
  }

  private static void write(StagedReader reader, Changes changes, DiskTarget target)
      throws IOException {
    for (long first = changes.zeros().next(0); first >= 0; ) {
      long end = changes.zeros().nextAbsent(first);
      target.zero(first, end - first);
      first = changes.zeros().next(end);
    }
    reader.read(changes, target::write);
    target.sync();
  }
}
