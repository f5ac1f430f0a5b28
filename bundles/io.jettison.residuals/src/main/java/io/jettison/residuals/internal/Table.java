package io.jettison.residuals.internal;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * Which pages are kept of a VM, where, and with what locator; ascending by pfn. Immutable.
 *
 * <p>On disk, big-endian: u32 magic, u32 count, u64 milliseconds since 1970 of the end of the last
 * stay, count × (u32 pfn, u32 slot, u64 locator high, u64 locator low), u64 CRC32C of all before.
 */
final class Table {
  static final int ENTRY_BYTES = 24;
  private static final int MAGIC = 0x4a545231; // JTR1
  private static final int MOST = 1 << 28;

  final long endedMillis;
  final int size;
  private final int[] pfns;
  private final int[] slots;
  private final long[] high;
  private final long[] low;

  /** Gathers entries, ascending by pfn. */
  static final class Builder {
    private int count;
    private int[] pfns;
    private int[] slots;
    private long[] high;
    private long[] low;

    Builder(int expected) {
      int room = Math.max(16, expected);
      pfns = new int[room];
      slots = new int[room];
      high = new long[room];
      low = new long[room];
    }

    void add(long pfn, int slot, long locatorHigh, long locatorLow) {
      if (count == pfns.length) {
        int room = 2 * count;
        pfns = java.util.Arrays.copyOf(pfns, room);
        slots = java.util.Arrays.copyOf(slots, room);
        high = java.util.Arrays.copyOf(high, room);
        low = java.util.Arrays.copyOf(low, room);
      }
      pfns[count] = (int) pfn;
      slots[count] = slot;
      high[count] = locatorHigh;
      low[count++] = locatorLow;
    }

    Table build(long endedMillis) {
      return new Table(endedMillis, this);
    }
  }

  private Table(long endedMillis, Builder entries) {
    this.endedMillis = endedMillis;
    this.size = entries.count;
    this.pfns = entries.pfns;
    this.slots = entries.slots;
    this.high = entries.high;
    this.low = entries.low;
  }

  /** One without pages. */
  static Table empty() {
    return new Builder(0).build(0);
  }

  long pfn(int entry) {
    return pfns[entry];
  }

  int slot(int entry) {
    return slots[entry];
  }

  long locatorHigh(int entry) {
    return high[entry];
  }

  long locatorLow(int entry) {
    return low[entry];
  }

  /** The entry of a page; negative if there is none. */
  int find(long pfn) {
    return pfn > Integer.MAX_VALUE
        ? -1
        : java.util.Arrays.binarySearch(pfns, 0, size, Math.toIntExact(pfn));
  }

  /**
   * Reads one.
   *
   * @throws IOException if it is damaged or of another version
   */
  static Table read(Path file) throws IOException {
    CRC32C sum = new CRC32C();
    try (DataInputStream in =
        new DataInputStream(
            new CheckedInputStream(new BufferedInputStream(Files.newInputStream(file)), sum))) {
      int magic = in.readInt();
      int count = in.readInt();
      if (magic != MAGIC
          || count < 0
          || count > MOST
          || Files.size(file) != 24L + (long) ENTRY_BYTES * count) {
        throw new IOException("it is damaged or of another version");
      }
      long endedMillis = in.readLong();
      Builder entries = new Builder(count);
      long before = -1;
      for (int i = 0; i < count; i++) {
        int pfn = in.readInt();
        if (pfn <= before) {
          throw new IOException("its pages are out of order");
        }
        before = pfn;
        entries.add(pfn, in.readInt(), in.readLong(), in.readLong());
      }
      long expected = sum.getValue();
      if (in.readLong() != expected) {
        throw new IOException("its check sum is wrong");
      }
      return entries.build(endedMillis);
    }
  }

  /**
   * Writes it, whole or not at all.
   *
   * @throws IOException if it cannot be written; an earlier one stays
   */
  void write(Path file) throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + ".new");
    CRC32C sum = new CRC32C();
    try (DataOutputStream out =
        new DataOutputStream(
            new CheckedOutputStream(
                new BufferedOutputStream(Files.newOutputStream(unfinished), 1 << 16), sum))) {
      out.writeInt(MAGIC);
      out.writeInt(size);
      out.writeLong(endedMillis);
      for (int i = 0; i < size; i++) {
        out.writeInt(pfns[i]);
        out.writeInt(slots[i]);
        out.writeLong(high[i]);
        out.writeLong(low[i]);
      }
      out.flush();
      out.writeLong(sum.getValue());
    }
    Files.move(
        unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
