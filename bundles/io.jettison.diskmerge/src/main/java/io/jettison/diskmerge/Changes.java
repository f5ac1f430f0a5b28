package io.jettison.diskmerge;

import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PageSet;
import java.nio.IntBuffer;
import java.util.List;

/**
 * What changed on one disk. A block is in one run at most, or among the zeros.
 *
 * @param disk the disk
 * @param runs blocks with contents, ascending
 * @param crcs CRC32C of each of those blocks, in the same order
 * @param zeros blocks that read as zeros
 */
record Changes(VmSpec.Disk disk, List<Run> runs, IntBuffer crcs, PageSet zeros) {
  /**
   * Consecutive blocks that lie one after the other in the file of staged blocks.
   *
   * @param first the first of them
   * @param count how many
   * @param slot where the first lies
   */
  record Run(long first, int count, int slot) {}
}
