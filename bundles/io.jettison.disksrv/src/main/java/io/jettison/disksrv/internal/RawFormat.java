package io.jettison.disksrv.internal;

import io.jettison.api.Outcome;
import io.jettison.api.disk.DiskFormat;
import io.jettison.api.disk.DiskImage;
import io.jettison.api.disk.DiskTarget;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PageSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Images that are the disk's bytes: files, and block devices such as LVM's volumes. */
@Component(property = DiskFormat.NAME + "=" + VmSpec.Disk.RAW)
public final class RawFormat implements DiskFormat {
  private static final Logger LOG = LoggerFactory.getLogger(RawFormat.class);

  /**
   * {@inheritDoc}
   *
   * <p>Refused if it looks like an image of another format: to run a VM on such a file as if it
   * were raw would destroy it. Only here, which is before the VM boots. A guest can write any
   * header onto its own disk while it runs, and must neither change thereby how its disk is read
   * (the format is configured, never guessed) nor lose its way out or home: so {@link #open} and
   * {@link #openTarget} do not look.
   */
  @Override
  public Outcome<Long> bytes(Path image) {
    try (RawFile file = new RawFile(image, false)) {
      return ForeignFormat.of(file.header())
          .map(
              other ->
                  Outcome.<Long>refused(
                      image + " is a " + other + " image, not a raw one",
                      "configure its format, or convert it with `qemu-img convert -O raw`"))
          .orElseGet(() -> Outcome.done(file.bytes()));
    } catch (IOException e) {
      return refused(image, e);
    }
  }

  @Override
  public Outcome<DiskImage> open(Path image) {
    try {
      return Outcome.done(new Image(new RawFile(image, false)));
    } catch (IOException e) {
      return refused(image, e);
    }
  }

  @Override
  public Outcome<DiskTarget> openTarget(Path image) {
    try {
      return Outcome.done(new Target(new RawFile(image, true)));
    } catch (IOException e) {
      return refused(image, e);
    }
  }

  private static <T> Outcome<T> refused(Path image, IOException e) {
    return e instanceof NoSuchFileException
        ? Outcome.refused("there is no disk image " + image, "put it there, or mend its path")
        : Outcome.refused(
            "the disk image " + image + " cannot be opened: " + e.getMessage(),
            "see that it is a file or a block device this daemon may open");
  }

  private record Image(RawFile file) implements DiskImage {
    @Override
    public long bytes() {
      return file.bytes();
    }

    @Override
    public PageSet allocated() throws IOException {
      return file.allocated();
    }

    @Override
    public void read(long block, ByteBuffer into) throws IOException {
      file.read(block, into);
    }

    @Override
    public void close() {
      try {
        file.close();
      } catch (IOException e) {
        LOG.warn("a disk image did not close", e);
      }
    }
  }

  private record Target(RawFile file) implements DiskTarget {
    @Override
    public void write(long block, ByteBuffer from) throws IOException {
      file.write(block, from);
    }

    @Override
    public void zero(long block, long count) throws IOException {
      file.zero(block, count);
    }

    @Override
    public void sync() throws IOException {
      file.sync();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
