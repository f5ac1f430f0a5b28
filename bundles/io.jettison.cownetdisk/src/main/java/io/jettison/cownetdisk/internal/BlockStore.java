package io.jettison.cownetdisk.internal;

import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** The contents of a disk, as far as they are here. Belongs to the disk's loop. */
final class BlockStore {
  /** Where a block is read from. */
  enum Source {
    DIRTY,
    FETCHED,
    ZERO,
    MISSING
  }

  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 << 10).asReadOnlyBuffer();
  private static final int IN_BLOCK = Pages.SIZE - 1;

  private final long bytes;
  private final SliceFile fetchedSlice;
  private final SliceFile dirtySlice;
  private final LiveMap map;
  private final ByteBuffer scratch = ByteBuffer.allocateDirect(Pages.SIZE);
  private final ByteBuffer zeros = ZEROS.duplicate();
  private PageSet unsynced;
  private PageSet unharvested;
  private boolean written = true; // by a predecessor, perhaps

  BlockStore(long bytes, StoreFiles files) {
    this.bytes = bytes;
    this.fetchedSlice = files.fetched;
    this.dirtySlice = files.dirty;
    this.map = files.map;
    this.unharvested = map.dirty();
    this.unsynced = unharvested.copy();
    unsynced.removeAll(files.journal.blocks());
  }

  long bytes() {
    return bytes;
  }

  /** Blocks that are not in the set are zero. */
  void allocated(PageSet blocks) throws IOException {
    map.allocated(blocks);
  }

  Source source(long block) {
    if (map.isDirty(block)) {
      return Source.DIRTY;
    }
    if (map.isFetched(block)) {
      return Source.FETCHED;
    }
    return map.isZero(block) ? Source.ZERO : Source.MISSING;
  }

  /** First offset after {@code from} that is read from elsewhere, or {@code end}. */
  long sameSource(long from, long end) {
    Source source = source(from >> Pages.SHIFT);
    long next = (from | IN_BLOCK) + 1;
    while (next < end && source(next >> Pages.SHIFT) == source) {
      next += Pages.SIZE;
    }
    return Math.min(next, end);
  }

  /** The slice an offset is read from; null if it is zero or missing. */
  @Nullable SliceFile slice(long offset) {
    return switch (source(offset >> Pages.SHIFT)) {
      case DIRTY -> dirtySlice;
      case FETCHED -> fetchedSlice;
      case ZERO, MISSING -> null;
    };
  }

  /** Visits the blocks that must be fetched before the range can be read. */
  void missing(long offset, long length, LongConsumer visitor) {
    for (long block = offset >> Pages.SHIFT; block < Pages.holding(offset + length); block++) {
      if (source(block) == Source.MISSING) {
        visitor.accept(block);
      }
    }
  }

  /** Visits the blocks that must be fetched before the range can be written: two at most. */
  void missingEdges(long offset, long length, LongConsumer visitor) {
    long head = offset >> Pages.SHIFT;
    long tail = (offset + length - 1) >> Pages.SHIFT;
    if (isPartial(head, offset, length) && source(head) == Source.MISSING) {
      visitor.accept(head);
    }
    if (tail != head && isPartial(tail, offset, length) && source(tail) == Source.MISSING) {
      visitor.accept(tail);
    }
  }

  private boolean isPartial(long block, long offset, long length) {
    long start = Pages.offset(block);
    return offset > start || offset + length < Math.min(start + Pages.SIZE, bytes);
  }

  /** Reads a range of which no block is missing. */
  void read(long offset, ByteBuffer into) throws IOException {
    int limit = into.limit();
    for (long at = offset; into.position() < limit; ) {
      long end = sameSource(at, at + limit - into.position());
      into.limit(into.position() + (int) (end - at));
      switch (source(at >> Pages.SHIFT)) {
        case DIRTY -> dirtySlice.read(at, into);
        case FETCHED -> fetchedSlice.read(at, into);
        case ZERO -> zero(into);
        default -> throw new IllegalStateException("read before it was fetched");
      }
      into.limit(limit);
      at = end;
    }
  }

  private void zero(ByteBuffer into) {
    while (into.hasRemaining()) {
      into.put(zeros.clear().limit(Math.min(zeros.capacity(), into.remaining())));
    }
  }

  /** Writes a range of which no edge is missing; in the slice and in the map when this returns. */
  void write(long offset, ByteBuffer from) throws IOException {
    long end = offset + from.remaining();
    put(offset, from);
    changed(offset >> Pages.SHIFT, Pages.holding(end));
  }

  private void put(long offset, ByteBuffer from) throws IOException {
    int limit = from.limit();
    for (long at = offset; from.position() < limit; ) {
      long block = at >> Pages.SHIFT;
      int left = limit - from.position();
      boolean merge = isPartial(block, at, left) && source(block) != Source.DIRTY;
      long end = merge ? Math.min(Pages.offset(block + 1), at + left) : unmerged(at, at + left);
      from.limit(from.position() + (int) (end - at));
      if (merge) {
        merge(block, (int) (at & IN_BLOCK), from);
      } else {
        dirtySlice.write(at, from);
      }
      from.limit(limit);
      at = end;
    }
  }

  /** End of what can be written as it is: all but a last block that must be merged. */
  private long unmerged(long from, long end) {
    long tail = (end - 1) >> Pages.SHIFT;
    boolean merge =
        tail > from >> Pages.SHIFT
            && isPartial(tail, from, end - from)
            && source(tail) != Source.DIRTY;
    return merge ? Pages.offset(tail) : end;
  }

  /** Writes the whole of a block that was not dirty, with these bytes changed. */
  private void merge(long block, int at, ByteBuffer from) throws IOException {
    scratch.clear();
    if (source(block) == Source.FETCHED) {
      fetchedSlice.read(Pages.offset(block), scratch);
    } else if (source(block) == Source.ZERO) {
      zero(scratch);
    } else {
      throw new IllegalStateException("written before it was fetched");
    }
    scratch.position(at).put(from).clear();
    dirtySlice.write(Pages.offset(block), scratch);
  }

  /**
   * Makes a range of which no edge is missing read as zeros.
   *
   * @param allocate whether there is to be room for it
   */
  void zero(long offset, long length, boolean allocate) throws IOException {
    long end = offset + length;
    long first = Math.min(end, Pages.offset(Pages.holding(offset)));
    long last = Math.max(first, end == bytes ? end : end & ~(long) IN_BLOCK);
    fill(offset, first);
    if (last > first) {
      long whole = Pages.offset(Pages.holding(last)) - first;
      boolean punched = dirtySlice.punch(first, whole);
      if (punched && allocate) {
        dirtySlice.allocate(first, whole);
      } else if (!punched) {
        fill(first, last);
      }
    }
    fill(last, end);
    changed(offset >> Pages.SHIFT, Pages.holding(end));
  }

  private void fill(long from, long end) throws IOException {
    for (long at = from; at < end; ) {
      int length = (int) Math.min(zeros.capacity(), end - at);
      put(at, zeros.clear().limit(length));
      at += length;
    }
  }

  /** Makes the whole blocks in a range read as zeros. */
  void trim(long offset, long length) throws IOException {
    long end = offset + length;
    long first = Pages.offset(Pages.holding(offset));
    long last = end == bytes ? end : end & ~(long) IN_BLOCK;
    if (last > first) {
      zero(first, last - first, false);
    }
  }

  private void changed(long first, long end) throws IOException {
    written = true;
    for (long block = first; block < end; block++) {
      if (!map.isDirty(block)) {
        unsynced.add(block);
      }
    }
    unharvested.add(first, end - first);
    map.dirty(first, end - first);
  }

  /** Stores a missing block as it was at hand-over. */
  void store(long block, ByteBuffer contents) throws IOException {
    fetchedSlice.write(Pages.offset(block), contents);
    map.fetched(block, 1);
  }

  /** A block's contents are in the read-only slice, or a hole there is. */
  void fetched(long block) throws IOException {
    map.fetched(block, 1);
  }

  PageSet present() {
    return map.present();
  }

  PageSet dirty() {
    return map.dirty();
  }

  long dirtyCount() {
    return map.dirtyCount();
  }

  PageSet harvest() {
    PageSet harvested = unharvested;
    unharvested = new PageSet();
    return harvested;
  }

  /** Whether anything was written since {@link #beginSync}. */
  boolean isWritten() {
    return written;
  }

  /** Dirty blocks that the journal does not hold. The caller makes all durable that is written. */
  PageSet beginSync() {
    written = false;
    PageSet fresh = unsynced;
    unsynced = new PageSet();
    return fresh;
  }
}
