package io.jettison.diskmerge;

import java.util.Arrays;

/** Where blocks lie in the file of staged blocks. Not thread-safe. */
final class Slots {
  private static final int FIRST_CAPACITY = 1 << 10;
  private static final long FREE = -1;

  private long[] blocks = free(FIRST_CAPACITY);
  private int[] slots = new int[FIRST_CAPACITY];
  private int size;

  private static long[] free(int capacity) {
    long[] blocks = new long[capacity];
    Arrays.fill(blocks, FREE);
    return blocks;
  }

  /** The slot of a block; the one given, from now on, if it had none. */
  int getOrPut(long block, int slot) {
    if (2 * size >= blocks.length) {
      grow();
    }
    int at = find(block);
    if (blocks[at] == FREE) {
      blocks[at] = block;
      slots[at] = slot;
      size++;
    }
    return slots[at];
  }

  /** The slot of a block that has one. */
  int get(long block) {
    return slots[find(block)];
  }

  private int find(long block) {
    int mask = blocks.length - 1;
    int at = (int) ((block * 0x9e3779b97f4a7c15L) >>> 32) & mask;
    while (blocks[at] != block && blocks[at] != FREE) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private void grow() {
    long[] oldBlocks = blocks;
    int[] oldSlots = slots;
    blocks = free(2 * oldBlocks.length);
    slots = new int[blocks.length];
    for (int i = 0; i < oldBlocks.length; i++) {
      if (oldBlocks[i] != FREE) {
        int at = find(oldBlocks[i]);
        blocks[at] = oldBlocks[i];
        slots[at] = oldSlots[i];
      }
    }
  }
}
