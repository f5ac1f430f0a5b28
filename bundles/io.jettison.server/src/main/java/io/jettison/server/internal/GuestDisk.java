package io.jettison.server.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.cownetdisk.CowDisk;
import io.jettison.residuals.Residuals;
import io.jettison.residuals.Residuals.Kept;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A disk that followed its guest. */
final class GuestDisk implements Volume {
  private static final int MOST_AT_ONCE = 64;

  private final int number;
  private final String name;
  private final CowDisk disk;
  private final Kept kept;
  private final long wholeBlocks;
  private final Changes changes = new Changes();

  @GuardedBy("this")
  private final PageSet refilled = new PageSet();

  /**
   * Whose earlier changes, of before a restart, are known to the disk alone.
   *
   * @param name under which its blocks are kept
   * @param kept blocks of earlier stays
   */
  GuestDisk(int number, String name, long bytes, CowDisk disk, Kept kept) {
    this.number = number;
    this.name = name;
    this.disk = disk;
    this.kept = kept;
    this.wholeBlocks = bytes >> Pages.SHIFT;
    changes.add(disk.dirty());
  }

  CowDisk disk() {
    return disk;
  }

  /** Blocks of earlier stays. */
  Kept kept() {
    return kept;
  }

  /**
   * Puts the kept blocks that did not change into the slice, as if they had been fetched.
   *
   * @return how many
   */
  long refill() throws IOException {
    ByteBuffer blocks = ByteBuffer.allocateDirect(MOST_AT_ONCE << Pages.SHIFT);
    PageSet wanted = disk.missing();
    PageSet useful = kept.unlocked();
    for (long first = useful.next(0); first >= 0; ) {
      if (!wanted.contains(first)) {
        first = useful.next(first + 1);
        continue;
      }
      int count = 0;
      blocks.clear();
      while (count < MOST_AT_ONCE
          && useful.contains(first + count)
          && wanted.contains(first + count)
          && kept.read(first + count, blocks)) {
        blocks.position(++count << Pages.SHIFT);
      }
      if (count > 0) {
        disk.put(first, blocks.flip());
        synchronized (this) {
          refilled.add(first, count);
        }
      }
      first = useful.next(first + Math.max(1, count));
    }
    synchronized (this) {
      return refilled.size();
    }
  }

  /** Keeps what is here for the next stay. The VM has stopped, and its disk is the same at home. */
  void keep(Residuals residuals) {
    PageSet fresh = new PageSet();
    PageSet present = disk.present();
    for (long first = present.next(0); first >= 0 && first < wholeBlocks; ) {
      long end = Math.min(wholeBlocks, present.nextAbsent(first));
      fresh.add(first, end - first);
      first = present.next(end);
    }
    synchronized (this) {
      refilled.removeAll(changes.all());
      fresh.removeAll(refilled);
    }
    residuals.keep(name, fresh, disk::readPresent, kept);
  }

  /** Ends the service; the slices stay. */
  void close() {
    disk.close();
    kept.close();
  }

  /** Ends the service, and removes the slices. */
  void discard() {
    disk.discard();
    kept.close();
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public Changes changes() {
    return changes;
  }

  @Override
  public boolean tracksWrites() {
    return true;
  }

  @Override
  public PageSet harvest() {
    return disk.harvest();
  }

  @Override
  public void settle() throws IOException {
    disk.sync();
  }

  @Override
  public void read(long first, ByteBuffer into) throws IOException {
    disk.read(first, into);
  }
}
