package io.jettison.cownetdisk.internal;

import io.jettison.api.memory.PageSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Which blocks of the dirty slice survive a power failure. For one thread at a time.
 *
 * <p>The file, big-endian: u64 magic, u64 bytes of the disk, u64 epoch, u32 CRC32C of these; then
 * records: u32 count, count × (u32 block, u32 more), u32 CRC32C of the record. A record that does
 * not check is the torn last one: it and what follows is ignored, since nothing in it was answered.
 */
final class Journal implements AutoCloseable {
  private static final long MAGIC = 0x4a54_434f_574a_3031L; // JTCOWJ01
  private static final int HEADER_BYTES = 28;
  private static final int RUN_BYTES = 8;
  private static final int MOST_RUNS = 8192;

  /** From this size on it is written anew if half of it says nothing. */
  private static final int WORTH_COMPACTING = 1 << 18;

  private final Path file;
  private final long bytes;
  private final long epoch;
  private final PageSet blocks;
  private FileChannel channel;
  private long end;

  private Journal(Path file, long bytes, long epoch, PageSet blocks, long end) throws IOException {
    this.file = file;
    this.bytes = bytes;
    this.epoch = epoch;
    this.blocks = blocks;
    this.end = end;
    this.channel = open(file);
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.WRITE);
  }

  /** The one of this disk and stay; null if there is none. */
  static @Nullable Journal find(Path file, long bytes, long epoch) throws IOException {
    if (!Files.exists(file)) {
      return null;
    }
    ByteBuffer found = ByteBuffer.wrap(Files.readAllBytes(file));
    ByteBuffer header = header(bytes, epoch);
    if (found.remaining() < HEADER_BYTES || !found.slice(0, HEADER_BYTES).equals(header)) {
      return null;
    }
    PageSet blocks = new PageSet();
    found.position(HEADER_BYTES);
    long end = HEADER_BYTES;
    while (record(found, blocks)) {
      end = found.position();
    }
    Journal journal = new Journal(file, bytes, epoch, blocks, end);
    journal.channel.truncate(end);
    return journal;
  }

  /** A new one, in the place of any there is, with these blocks; durable when this returns. */
  static Journal create(Path file, long bytes, long epoch, PageSet blocks) throws IOException {
    return new Journal(file, bytes, epoch, blocks.copy(), write(file, bytes, epoch, blocks));
  }

  private static long write(Path file, long bytes, long epoch, PageSet blocks) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(HEADER_BYTES + recordBytes(blocks));
    all.put(header(bytes, epoch));
    records(blocks, all);
    all.flip();
    long length = all.limit();
    Durable.replace(file, all, true);
    return length;
  }

  private static ByteBuffer header(long bytes, long epoch) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    header.putLong(MAGIC).putLong(bytes).putLong(epoch);
    return header.putInt(sum(header, 0, header.position())).flip();
  }

  private static int sum(ByteBuffer buffer, int from, int end) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.slice(from, end - from));
    return (int) crc.getValue();
  }

  private static int recordBytes(PageSet set) {
    int[] runs = {0};
    set.forEachRange((first, count) -> runs[0]++);
    int records = (runs[0] + MOST_RUNS - 1) / MOST_RUNS;
    return Math.addExact(Math.multiplyExact(runs[0], RUN_BYTES), 2 * Integer.BYTES * records);
  }

  private static void records(PageSet set, ByteBuffer into) {
    long first = set.next(0);
    while (first >= 0) {
      int start = into.position();
      into.putInt(0);
      int count = 0;
      for (; first >= 0 && count < MOST_RUNS; count++) {
        long after = set.nextAbsent(first);
        into.putInt((int) first).putInt((int) (after - first - 1));
        first = set.next(after);
      }
      into.putInt(start, count);
      into.putInt(sum(into, start, into.position()));
    }
  }

  /** Reads a record; returns whether there was one. */
  private static boolean record(ByteBuffer from, PageSet into) {
    int start = from.position();
    if (from.remaining() < 2 * Integer.BYTES) {
      return false;
    }
    int count = from.getInt();
    if (count < 1 || count > MOST_RUNS || from.remaining() < RUN_BYTES * count + Integer.BYTES) {
      return false;
    }
    int sumAt = from.position() + RUN_BYTES * count;
    if (from.getInt(sumAt) != sum(from, start, sumAt)) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      into.add(from.getInt(), from.getInt() + 1L);
    }
    from.position(sumAt + Integer.BYTES);
    return true;
  }

  /** The blocks it holds. */
  PageSet blocks() {
    return blocks.copy();
  }

  /**
   * Adds blocks, whose contents are durable already; durable when this returns.
   *
   * @throws IOException if that is not sure: it is of no further use then
   */
  void append(PageSet fresh) throws IOException {
    ByteBuffer added = ByteBuffer.allocate(recordBytes(fresh));
    records(fresh, added);
    added.flip();
    long at = end;
    while (added.hasRemaining()) {
      at += channel.write(added, at);
    }
    channel.force(false);
    end = at;
    blocks.addAll(fresh);
    if (end > WORTH_COMPACTING && end > 2L * (HEADER_BYTES + recordBytes(blocks))) {
      compact();
    }
  }

  private void compact() throws IOException {
    end = write(file, bytes, epoch, blocks);
    channel.close();
    channel = open(file);
  }

  /** Bytes of its file. */
  long size() {
    return end;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
