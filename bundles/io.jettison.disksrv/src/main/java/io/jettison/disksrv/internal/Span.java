package io.jettison.disksrv.internal;

import io.jettison.api.memory.Pages;
import java.io.IOException;

/**
 * The bytes of consecutive blocks of a disk; those of its last block only up to the disk's end.
 *
 * @param offset where they begin
 * @param length how many
 */
record Span(long offset, long length) {
  /**
   * Of these blocks.
   *
   * @param bytes the disk's size
   * @throws IOException if they are not on the disk
   */
  static Span of(long bytes, long block, long count) throws IOException {
    long blocks = Pages.holding(bytes);
    if (block < 0 || count < 0 || block > blocks || count > blocks - block) {
      throw new IOException("no blocks " + block + "+" + count + " on a disk of " + blocks);
    }
    long offset = Pages.offset(block);
    return new Span(offset, Math.min(Pages.offset(count), Math.max(0, bytes - offset)));
  }

  /** Of the blocks that so many bytes hold, a multiple of a block. */
  static Span ofBytes(long bytes, long block, int length) throws IOException {
    if (length % Pages.SIZE != 0) {
      throw new IOException(length + " bytes are not whole blocks");
    }
    return of(bytes, block, length >> Pages.SHIFT);
  }
}
