package io.jettison.cownetdisk.internal;

import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Which blocks are fetched, which are dirty, and which ever had contents. In memory, and on every
 * change in a file, so that a process that is killed has told all that it answered, and its
 * successor need not wake a desktop for zeros. The file is never synced: it says in which boot of
 * the host it was written, and holds in no other.
 *
 * <p>The file, little-endian: u64 magic, u64 bytes of the disk, u64 epoch, 40 bytes boot id, u64 1
 * if it is known which blocks had contents; at 4096 a bit for each fetched block, then one for each
 * dirty block, then one for each block that may have had contents. For each, bit <i>n</i> is bit
 * <i>n</i> mod 8 of byte <i>n</i> / 8, and the bytes are a multiple of 8.
 *
 * <p>Belongs to the disk's loop. Bits are only ever set: who learned on the loop that a block is
 * dirty may ask anywhere.
 */
final class LiveMap implements AutoCloseable {
  private static final long MAGIC = 0x3230_5045_564c_544aL; // JTLVEP02
  private static final int BOOT_AT = 24;
  private static final int BOOT_BYTES = 40;
  private static final int KNOWN_AT = BOOT_AT + BOOT_BYTES;
  private static final int HEADER_BYTES = 4096;
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private final FileChannel channel;
  private final ByteBuffer image;

  /** The image as it is written: asking elsewhere must not see its position and limit move. */
  private final ByteBuffer output;

  private final int fetchedAt = HEADER_BYTES;
  private final int dirtyAt;
  private final int allocatedAt;
  private final long blocks;
  private int staleFrom = Integer.MAX_VALUE;
  private int staleEnd;
  private long dirtyCount;

  private LiveMap(FileChannel channel, ByteBuffer image, long blocks) {
    this.channel = channel;
    this.image = image;
    this.output = image.duplicate();
    this.blocks = blocks;
    this.dirtyAt = HEADER_BYTES + bitmapBytes(blocks);
    this.allocatedAt = dirtyAt + bitmapBytes(blocks);
    this.dirtyCount = dirty().size();
  }

  /** The boot the host is in. */
  static String boot() throws IOException {
    return Files.readString(BOOT_ID).strip();
  }

  private static int bitmapBytes(long blocks) {
    return Math.toIntExact((blocks + 63) / 64 * Long.BYTES);
  }

  private static ByteBuffer image(long bytes, long epoch, String boot) {
    int length = HEADER_BYTES + 3 * bitmapBytes(Pages.holding(bytes));
    ByteBuffer image = ByteBuffer.allocateDirect(length).order(ByteOrder.LITTLE_ENDIAN);
    image.putLong(MAGIC).putLong(bytes).putLong(epoch);
    byte[] id = boot.getBytes(StandardCharsets.US_ASCII);
    image.put(BOOT_AT, id, 0, Math.min(id.length, BOOT_BYTES));
    return image.clear();
  }

  /** The one of this disk, stay and boot; null if there is none. */
  static @Nullable LiveMap find(Path file, long bytes, long epoch, String boot) throws IOException {
    if (!Files.exists(file)) {
      return null;
    }
    ByteBuffer expected = image(bytes, epoch, boot);
    if (Files.size(file) != expected.capacity()) {
      return null;
    }
    FileChannel channel = open(file);
    ByteBuffer found =
        ByteBuffer.allocateDirect(expected.capacity()).order(ByteOrder.LITTLE_ENDIAN);
    while (found.hasRemaining() && channel.read(found) >= 0) {
      // goes on
    }
    found.clear();
    if (found.slice(0, KNOWN_AT).mismatch(expected.slice(0, KNOWN_AT)) >= 0) {
      channel.close();
      return null;
    }
    return new LiveMap(channel, found, Pages.holding(bytes));
  }

  /** A new one, in the place of any there is, with no block fetched and these dirty. */
  static LiveMap create(Path file, long bytes, long epoch, String boot, PageSet dirty)
      throws IOException {
    ByteBuffer image = image(bytes, epoch, boot);
    long blocks = Pages.holding(bytes);
    set(image, HEADER_BYTES + bitmapBytes(blocks), dirty, blocks);
    // whole at once: one that was cut short would hold in this boot, without what is dirty
    Durable.replace(file, image, false);
    return new LiveMap(open(file), image.clear(), blocks);
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static void set(ByteBuffer image, int base, PageSet chosen, long blocks) {
    chosen.forEachRange(
        (first, count) -> {
          for (long block = first; block < Math.min(first + count, blocks); block++) {
            set(image, base, block);
          }
        });
  }

  private static boolean set(ByteBuffer image, int base, long block) {
    int at = base + (int) (block >>> 3);
    byte before = image.get(at);
    byte after = (byte) (before | 1 << (block & 7));
    image.put(at, after);
    return before != after;
  }

  private boolean get(int base, long block) {
    return (image.get(base + (int) (block >>> 3)) >>> (block & 7) & 1) != 0;
  }

  boolean isFetched(long block) {
    return get(fetchedAt, block);
  }

  boolean isDirty(long block) {
    return block >= 0 && block < blocks && get(dirtyAt, block);
  }

  /** Whether it is known that a block never had contents. */
  boolean isZero(long block) {
    return image.getLong(KNOWN_AT) != 0 && !get(allocatedAt, block);
  }

  /**
   * All other blocks never had contents.
   *
   * @throws IOException if it cannot be written: then it is not known here either
   */
  void allocated(PageSet some) throws IOException {
    set(image, allocatedAt, some, blocks);
    stale(allocatedAt, image.capacity());
    save();
    // only when all of that is in the file: a bit that is missing there would be a block of zeros
    image.putLong(KNOWN_AT, 1);
    stale(KNOWN_AT, KNOWN_AT + Long.BYTES);
    save();
  }

  void fetched(long first, long count) throws IOException {
    set(fetchedAt, first, count);
  }

  void dirty(long first, long count) throws IOException {
    set(dirtyAt, first, count);
  }

  private void set(int base, long first, long count) throws IOException {
    for (long block = first; block < first + count; block++) {
      if (set(image, base, block)) {
        int at = base + (int) (block >>> 3);
        stale(at, at + 1);
        dirtyCount += base == dirtyAt ? 1 : 0;
      }
    }
    if (staleEnd > 0) {
      save();
    }
  }

  private void stale(int from, int end) {
    staleFrom = Math.min(staleFrom, from);
    staleEnd = Math.max(staleEnd, end);
  }

  /** What could not be written is tried again with the next change. */
  private void save() throws IOException {
    output.clear().limit(staleEnd).position(staleFrom);
    for (long at = staleFrom; output.hasRemaining(); ) {
      at += channel.write(output, at);
    }
    staleFrom = Integer.MAX_VALUE;
    staleEnd = 0;
  }

  /** How many blocks are dirty. */
  long dirtyCount() {
    return dirtyCount;
  }

  /** The blocks that are dirty. */
  PageSet dirty() {
    return set(dirtyAt);
  }

  /** The blocks that are here. */
  PageSet present() {
    PageSet present = set(fetchedAt);
    present.addAll(set(dirtyAt));
    return present;
  }

  private PageSet set(int base) {
    PageSet set = new PageSet();
    for (long block = 0; block < blocks; ) {
      long word = image.getLong(base + (int) (block >>> 6) * Long.BYTES) >>> (block & 63);
      if (word == 0) {
        block = (block & -64L) + 64;
        continue;
      }
      block += Long.numberOfTrailingZeros(word);
      long first = block;
      while (block < blocks && get(base, block)) {
        block++;
      }
      set.add(first, block - first);
    }
    return set;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
