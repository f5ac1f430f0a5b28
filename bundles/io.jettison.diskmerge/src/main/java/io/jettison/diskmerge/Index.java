package io.jettison.diskmerge;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PageSet;
import io.jettison.diskmerge.Changes.Run;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What is staged, and where. That it is there and whole says that the staging is complete.
 *
 * <p>As bytes, big-endian: u64 magic and version, u64 epoch, u32 disks; for each: id, path and
 * format (u16 length, UTF-8), u64 size, u32 runs (u64 first, u32 count, u32 slot), u32 for the CRC
 * of each block in them, u32 runs of zeros (u64 first, u64 count); at the end u32 CRC32C of all
 * before.
 *
 * @param epoch of the stay it comes home from
 * @param disks changes of each disk
 */
record Index(long epoch, List<Changes> disks) {
  private static final long MAGIC = 0x4a44_4953_4b53_0001L; // "JDISKS", version 1
  private static final int FIXED_BYTES = 3 * Long.BYTES;
  private static final int RUN_BYTES = 2 * Long.BYTES;
  private static final int DISK_BYTES = 3 * Short.BYTES + Long.BYTES + 2 * Integer.BYTES;

  ByteBuffer encode() {
    long room = FIXED_BYTES;
    for (Changes changes : disks) {
      VmSpec.Disk disk = changes.disk();
      room += DISK_BYTES + bytes(disk.id()) + bytes(disk.path()) + bytes(disk.format());
      room +=
          (long) RUN_BYTES * changes.runs().size() + (long) Integer.BYTES * changes.crcs().limit();
      room += (long) RUN_BYTES * runs(changes.zeros());
    }
    ByteBuffer into = ByteBuffer.allocate(Math.toIntExact(room + Integer.BYTES));
    into.putLong(MAGIC).putLong(epoch).putInt(disks.size());
    disks.forEach(changes -> encode(changes, into));
    into.putInt(crc(into.duplicate().flip()));
    return into.flip();
  }

  private static void encode(Changes changes, ByteBuffer into) {
    VmSpec.Disk disk = changes.disk();
    put(into, disk.id());
    put(into, disk.path());
    put(into, disk.format());
    into.putLong(disk.bytes()).putInt(changes.runs().size());
    for (Run run : changes.runs()) {
      into.putLong(run.first()).putInt(run.count()).putInt(run.slot());
    }
    for (int i = 0; i < changes.crcs().limit(); i++) {
      into.putInt(changes.crcs().get(i));
    }
    into.putInt(runs(changes.zeros()));
    changes.zeros().forEachRange((first, count) -> into.putLong(first).putLong(count));
  }

  /**
   * Reads one.
   *
   * @throws IOException if it is damaged or cut short
   */
  static Index decode(ByteBuffer from) throws IOException {
    int end = from.limit() - Integer.BYTES;
    if (end < FIXED_BYTES - Integer.BYTES
        || from.getInt(end) != crc(from.duplicate().limit(end))
        || from.getLong() != MAGIC) {
      throw new IOException("the index of the staged blocks is damaged");
    }
    try {
      long epoch = from.getLong();
      int count = from.getInt();
      List<Changes> disks = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        disks.add(changes(from));
      }
      return new Index(epoch, disks);
    } catch (BufferUnderflowException | IllegalArgumentException | ArithmeticException e) {
      throw new IOException("the index of the staged blocks is not understood", e);
    }
  }

  private static Changes changes(ByteBuffer from) {
    String id = string(from);
    String path = string(from);
    String format = string(from);
    VmSpec.Disk disk = new VmSpec.Disk(id, path, VmSpec.Disk.Kind.FOLLOWS, format, from.getLong());
    List<Run> runs = new ArrayList<>();
    int blocks = 0;
    for (int left = from.getInt(); left > 0; left--) {
      Run run = new Run(from.getLong(), from.getInt(), from.getInt());
      runs.add(run);
      blocks = Math.addExact(blocks, run.count());
    }
    if (blocks > from.remaining() / Integer.BYTES) {
      throw new BufferUnderflowException();
    }
    int[] crcs = new int[blocks];
    from.asIntBuffer().get(crcs);
    from.position(from.position() + Integer.BYTES * blocks);
    PageSet zeros = new PageSet();
    for (int left = from.getInt(); left > 0; left--) {
      zeros.add(from.getLong(), from.getLong());
    }
    return new Changes(disk, runs, IntBuffer.wrap(crcs), zeros);
  }

  private static int runs(PageSet set) {
    int[] runs = {0};
    set.forEachRange((first, count) -> runs[0]++);
    return runs[0];
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  private static int bytes(String text) {
    return text.getBytes(UTF_8).length;
  }

  private static void put(ByteBuffer into, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    into.putShort((short) bytes.length).put(bytes);
  }

  private static String string(ByteBuffer from) {
    byte[] bytes = new byte[Short.toUnsignedInt(from.getShort())];
    from.get(bytes);
    return new String(bytes, UTF_8);
  }
}
