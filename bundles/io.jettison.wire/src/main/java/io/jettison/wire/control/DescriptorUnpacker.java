package io.jettison.wire.control;

import io.jettison.wire.WireException;
import io.jettison.wire.control.ControlMessage.DescriptorPart;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/** Undoes what a {@link DescriptorOutbox} did to the pieces of a descriptor. Not thread-safe. */
public final class DescriptorUnpacker {
  private static final LZ4SafeDecompressor DECOMPRESSOR =
      LZ4Factory.fastestInstance().safeDecompressor();

  private final ByteBuffer plain = ByteBuffer.allocateDirect(ControlCodec.BULK_BYTES);

  /**
   * Unpacks a piece.
   *
   * @return it; valid until the next call, and no longer than the message
   * @throws WireException if it is damaged or too long
   */
  public ByteBuffer unpack(DescriptorPart part) throws WireException {
    ByteBuffer block = part.block();
    if (part.length() < 1 || part.length() > plain.capacity()) {
      throw new WireException("a piece of a descriptor of " + part.length() + " bytes");
    }
    if (part.length() == block.remaining()) {
      return block.duplicate();
    }
    plain.clear().limit(part.length());
    try {
      int length =
          DECOMPRESSOR.decompress(
              block, block.position(), block.remaining(), plain, 0, plain.limit());
      if (length == plain.limit()) {
        return plain;
      }
    } catch (LZ4Exception e) {
      throw new WireException("a damaged piece of a descriptor", e);
    }
    throw new WireException("a piece of a descriptor is too short");
  }
}
