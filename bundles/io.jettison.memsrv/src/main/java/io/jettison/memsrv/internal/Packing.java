package io.jettison.memsrv.internal;

import io.jettison.api.memory.Pages;
import io.jettison.api.transport.Link;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/**
 * Compresses pages where the link is what one waits for: a page takes LZ4 some microseconds, a link
 * of 1 Gb/s 35 to carry, and one within a machine 1. Not thread-safe.
 */
public final class Packing {
  /** When to compress. */
  public enum When {
    /** While more waits to be sent than a fast link would leave waiting. */
    AUTO,
    /** Always. */
    ALWAYS,
    /** Never. */
    NEVER
  }

  /** Waiting bytes from which on the link counts as slow. */
  private static final long BACKLOG = 64 << 10;

  /** What a page must shrink to, to be worth the other side's work. */
  private static final int WORTH = Pages.SIZE * 7 / 8;

  private static final LZ4Compressor COMPRESSOR = LZ4Factory.fastestInstance().fastCompressor();

  private final When when;
  private final ByteBuffer packed =
      ByteBuffer.allocateDirect(COMPRESSOR.maxCompressedLength(Pages.SIZE));

  Packing(When when) {
    this.when = when;
  }

  boolean wanted(Link link) {
    return when == When.ALWAYS || (when == When.AUTO && link.pending() > BACKLOG);
  }

  /**
   * Compresses a page.
   *
   * @param page from its position on; the position stays
   * @return the bytes it takes; 0 if that is not worth it
   */
  int pack(ByteBuffer page) {
    packed.clear();
    int length =
        COMPRESSOR.compress(page, page.position(), Pages.SIZE, packed, 0, packed.capacity());
    packed.limit(length);
    return length <= WORTH ? length : 0;
  }

  /** What the last page was compressed to. */
  ByteBuffer packed() {
    return packed;
  }
}
