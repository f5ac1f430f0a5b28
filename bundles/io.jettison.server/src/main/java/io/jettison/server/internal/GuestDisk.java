package io.jettison.server.internal;

import io.jettison.api.memory.PageSet;
import io.jettison.cownetdisk.CowDisk;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A disk that followed its guest. */
final class GuestDisk implements Volume {
  private final int number;
  private final CowDisk disk;
  private final Changes changes = new Changes();

  /** Whose earlier changes, of before a restart, are known to the disk alone. */
  GuestDisk(int number, CowDisk disk) {
    this.number = number;
    this.disk = disk;
    changes.add(disk.dirty());
  }

  CowDisk disk() {
    return disk;
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
