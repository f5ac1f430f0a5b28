package io.jettison.wire.page;

import io.jettison.api.memory.Pages;
import io.jettison.wire.WireException;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/** Consecutive pages as one LZ4 block. For up to a given number of pages; not thread-safe. */
public final class PageBlock {
  private static final LZ4Compressor COMPRESSOR = LZ4Factory.fastestInstance().fastCompressor();
  private static final LZ4SafeDecompressor DECOMPRESSOR =
      LZ4Factory.fastestInstance().safeDecompressor();

  private final ByteBuffer packed;
  private final ByteBuffer pages;

  /** For so many pages at most. */
  public PageBlock(int most) {
    int bytes = most << Pages.SHIFT;
    packed = ByteBuffer.allocateDirect(COMPRESSOR.maxCompressedLength(bytes));
    pages = ByteBuffer.allocateDirect(bytes);
  }

  /**
   * Compresses pages, from position to limit, which stay.
   *
   * @return the block; valid until the next call
   */
  public ByteBuffer pack(ByteBuffer from) {
    packed.clear();
    int length =
        COMPRESSOR.compress(from, from.position(), from.remaining(), packed, 0, packed.capacity());
    return packed.limit(length);
  }

  /**
   * Unpacks a block.
   *
   * @return the pages; valid until the next call
   * @throws WireException if it does not hold exactly so many pages
   */
  public ByteBuffer unpack(ByteBuffer block, int count) throws WireException {
    if (count < 1 || (long) count << Pages.SHIFT > pages.capacity()) {
      throw new WireException("a block of " + count + " pages");
    }
    pages.clear().limit(count << Pages.SHIFT);
    try {
      int length =
          DECOMPRESSOR.decompress(
              block, block.position(), block.remaining(), pages, 0, pages.limit());
      if (length == pages.limit()) {
        return pages;
      }
    } catch (LZ4Exception e) {
      throw new WireException("a block of pages is damaged", e);
    }
    throw new WireException("a block of pages is too short");
  }
}
