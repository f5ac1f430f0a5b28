package io.jettison.desktop.internal;

import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What an emulated guest's image must hold, from the table in the guest's memory: the same as
 * {@code native/emulator/emulator.c} computes, by another program.
 */
final class GuestModel {
  private static final int MOST_BLOCKS = 4096;
  private static final int RUN = 8;
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private final long seed;
  private final ByteBuffer versions;

  /**
   * Reads the table.
   *
   * @param ram the memory of a guest that does not run
   */
  GuestModel(long seed, Path ram) throws IOException {
    this.seed = seed;
    versions = ByteBuffer.allocate(MOST_BLOCKS * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (RandomAccessFile file = new RandomAccessFile(ram.toFile(), "r")) {
      long table = Pages.holding(file.length() / Pages.SIZE * Integer.BYTES);
      file.seek(Pages.offset(1 + table));
      file.readFully(versions.array());
    }
  }

  /** How many blocks of an image are not what they must be. */
  int wrong(Path image) throws IOException {
    int wrong = 0;
    ByteBuffer block = ByteBuffer.allocate(Pages.SIZE).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel file = FileChannel.open(image, StandardOpenOption.READ)) {
      long blocks = file.size() / Pages.SIZE;
      long runs = Math.min(blocks / RUN, MOST_BLOCKS / RUN);
      for (int i = 0; i < runs * RUN; i++) {
        block.clear();
        file.read(block, Pages.offset(i / RUN * (blocks / runs) + i % RUN));
        wrong += block.hasRemaining() || !holds(block.flip(), i) ? 1 : 0;
      }
    }
    return wrong;
  }

  private boolean holds(ByteBuffer block, int number) {
    long version = Integer.toUnsignedLong(versions.getInt(number * Integer.BYTES));
    long state = mix(~seed ^ ((long) number << 32 | version));
    long difference = 0;
    while (block.hasRemaining()) {
      state += GOLDEN;
      difference |= block.getLong() ^ state;
    }
    return difference == 0;
  }

  private static long mix(long word) {
    long x = word;
    x ^= x >>> 30;
    x *= 0xbf58476d1ce4e5b9L;
    x ^= x >>> 27;
    x *= 0x94d049bb133111ebL;
    return x ^ x >>> 31;
  }
}
