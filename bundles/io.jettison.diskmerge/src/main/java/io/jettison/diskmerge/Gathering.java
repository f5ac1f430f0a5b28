package io.jettison.diskmerge;

import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.diskmerge.Changes.Run;
import java.io.IOException;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** What came of one disk so far; later things win over earlier ones. Not thread-safe. */
final class Gathering {
  private final VmSpec.Disk disk;
  private final Slots slots = new Slots();
  private final PageSet data = new PageSet();
  private final PageSet zeros = new PageSet();

  Gathering(VmSpec.Disk disk) {
    this.disk = disk;
  }

  /** Checks that the disk has these blocks. */
  void check(long first, long count) throws IOException {
    long blocks = Pages.holding(disk.bytes());
    if (first < 0 || count < 0 || count > blocks || first > blocks - count) {
      throw new IOException(
          "the disk " + disk.id() + " of " + blocks + " blocks has no " + first + "+" + count);
    }
  }

  /** A block has contents now; returns its slot, which is {@code next} if it had none before. */
  int data(long block, int next) {
    data.add(block);
    zeros.remove(block);
    return slots.getOrPut(block, next);
  }

  /** Blocks are zeros now. Their slots stay theirs. */
  void zero(long first, long count) {
    PageSet range = new PageSet();
    range.add(first, count);
    data.removeAll(range);
    zeros.addAll(range);
  }

  long size() {
    return data.size() + zeros.size();
  }

  /**
   * All of it.
   *
   * @param crcs a slot's CRC32C
   */
  Changes changes(IntUnaryOperator crcs) {
    List<Run> runs = new ArrayList<>();
    int[] inOrder = new int[Math.toIntExact(data.size())];
    int at = 0;
    for (long block = data.next(0); block >= 0; ) {
      long end = data.nextAbsent(block);
      while (block < end) {
        int slot = slots.get(block);
        int count = 0;
        while (block + count < end && slots.get(block + count) == slot + count) {
          inOrder[at++] = crcs.applyAsInt(slot + count);
          count++;
        }
        runs.add(new Run(block, count, slot));
        block += count;
      }
      block = data.next(end);
    }
    return new Changes(disk, runs, IntBuffer.wrap(inOrder), zeros);
  }
}
