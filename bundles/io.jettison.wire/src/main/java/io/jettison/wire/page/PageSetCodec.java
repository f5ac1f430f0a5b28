package io.jettison.wire.page;

import io.jettison.api.memory.PageSet;
import io.jettison.wire.WireException;
import java.nio.ByteBuffer;

/**
 * {@link PageSet} as bytes: runs, ascending, each the gap from the end of the run before (at first,
 * from pfn 0) and its length, as unsigned LEB128. A set may be cut between runs into messages; the
 * first run of each is again counted from pfn 0.
 */
public final class PageSetCodec {
  /** Most bytes a run takes. */
  public static final int RUN_BYTES = 10;

  private PageSetCodec() {}

  /**
   * Writes runs until the set or the room ends.
   *
   * @param from where to begin; 0 at first
   * @param into at least 10 bytes
   * @return where to go on; -1 if all was written
   */
  public static long encode(PageSet set, long from, ByteBuffer into) {
    long base = 0;
    long first = set.next(from);
    while (first >= 0) {
      if (into.remaining() < RUN_BYTES) {
        return first;
      }
      long end = set.nextAbsent(first);
      put(into, first - base);
      put(into, end - first);
      base = end;
      first = set.next(end);
    }
    return -1;
  }

  /**
   * Adds what a message says to a set. A set written in pieces is read piece by piece.
   *
   * @param end all pages are below it; a few bytes could name so many others that the set takes 256
   *     MiB
   * @throws WireException if it is not understood
   */
  public static void decode(ByteBuffer from, PageSet into, long end) throws WireException {
    long most = Math.min(end, Integer.MAX_VALUE); // what a set can hold
    long base = 0;
    while (from.hasRemaining()) {
      long first = base + get(from);
      long count = get(from);
      base = first + count;
      if (count == 0 || base > most) {
        throw new WireException(
            "a run of pages out of bounds: " + first + "+" + count + " of " + most);
      }
      into.add(first, count);
    }
  }

  private static void put(ByteBuffer into, long value) {
    long rest = value;
    while (rest >= 0x80) {
      into.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    into.put((byte) rest);
  }

  private static long get(ByteBuffer from) throws WireException {
    long value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      if (!from.hasRemaining()) {
        throw new WireException("a page set is cut short");
      }
      byte next = from.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new WireException("a number in a page set is too long");
  }
}
