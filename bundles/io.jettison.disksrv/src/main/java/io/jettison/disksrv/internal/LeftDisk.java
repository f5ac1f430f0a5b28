package io.jettison.disksrv.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.disk.DiskFormat;
import io.jettison.api.disk.DiskImage;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A disk that a VM left behind, as the page service reads it: block for page. Its image is opened
 * late, and anew when reading failed, for what reads it may be a program that can die. Thread-safe.
 */
final class LeftDisk implements Residual {
  private static final Logger LOG = LoggerFactory.getLogger(LeftDisk.class);

  private final VmSpec.Disk disk;
  private final Formats formats;
  private final MemoryMap map;

  @GuardedBy("this")
  private @Nullable DiskImage image;

  @GuardedBy("this")
  private @Nullable DiskFormat openedBy;

  @GuardedBy("this")
  private boolean closed;

  LeftDisk(VmSpec.Disk disk, Formats formats) {
    this.disk = disk;
    this.formats = formats;
    this.map = MemoryMap.ofBytes(disk.bytes());
  }

  /** Opens the image, if it is not open. */
  Outcome<Nothing> open() {
    if (current() != null) {
      return Outcome.done();
    }
    // outside the lock: closing must not wait for a program that starts
    return formats.get(disk.format()).then(this::open);
  }

  private Outcome<Nothing> open(DiskFormat format) {
    Outcome<DiskImage> opened = guarded(format);
    if (!(opened instanceof Done<DiskImage> done)) {
      return ((Refused<DiskImage>) opened).as();
    }
    DiskImage fresh = done.value();
    if (fresh.bytes() != disk.bytes()) {
      fresh.close();
      return Outcome.refused(
          disk.path() + " has " + fresh.bytes() + " bytes, and had " + disk.bytes(),
          "give it back the size it had when the VM left");
    }
    synchronized (this) {
      if (!closed && image == null) {
        image = fresh;
        openedBy = format;
        return Outcome.done();
      }
    }
    fresh.close();
    return Outcome.done();
  }

  /** An extension's failure is a refusal like another. */
  private Outcome<DiskImage> guarded(DiskFormat format) {
    try {
      return format.open(Path.of(disk.path()));
    } catch (RuntimeException e) {
      LOG.error("the format {} failed", disk.format(), e);
      return Outcome.refused("the format " + disk.format() + " failed: " + e, "look at the log");
    }
  }

  private synchronized @Nullable DiskImage current() {
    return image;
  }

  private DiskImage opened() throws IOException {
    DiskImage open = current();
    if (open == null) {
      throw new IOException("the disk " + disk.id() + " is not open");
    }
    return open;
  }

  /** Whether its image was opened by this format. */
  synchronized boolean isOpenedBy(DiskFormat format) {
    return openedBy == format;
  }

  @Override
  public MemoryMap map() {
    return map;
  }

  @Override
  public PageSet populated() throws IOException {
    try {
      return opened().allocated();
    } catch (RuntimeException e) {
      throw new IOException("the format " + disk.format() + " failed", e);
    }
  }

  @Override
  public void read(long block, ByteBuffer into) throws IOException {
    if (!map.contains(block, into.remaining() / Pages.SIZE)) {
      throw new IOException("the disk has no blocks from " + block + " on");
    }
    int begin = into.position();
    int end = into.limit();
    DiskImage open = opened();
    try {
      open.read(block, into);
    } catch (IOException | RuntimeException e) {
      LOG.warn("blocks {} of {} were not read: it is opened anew", block, disk.path(), e);
      forget(open);
      if (open() instanceof Refused<Nothing> refused) {
        throw new IOException(refused.oneLine(), e);
      }
      opened().read(block, into.limit(end).position(begin));
    }
  }

  private void forget(DiskImage failed) {
    synchronized (this) {
      if (image != failed) {
        return;
      }
      image = null;
      openedBy = null;
    }
    failed.close();
  }

  /** Closes the image; it can be opened again. */
  void shut() {
    DiskImage open = current();
    if (open != null) {
      forget(open);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    shut();
  }
}
