package io.jettison.wire.control;

import io.jettison.wire.WireException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Undoes what a {@link DescriptorOutbox} did to the bytes of one descriptor. For one thread. */
public final class DescriptorInflater implements AutoCloseable {
  /** Takes pieces of the descriptor. */
  @FunctionalInterface
  public interface Taker {
    /**
     * Takes a piece, valid only during the call.
     *
     * @throws IOException if it cannot; no more pieces are wanted then
     */
    void take(ByteBuffer piece) throws IOException;
  }

  private final Inflater inflater = new Inflater(true);
  private final ByteBuffer plain = ByteBuffer.allocate(ControlCodec.BULK_BYTES);

  /**
   * Inflates the bytes of one message.
   *
   * @throws IOException if they are damaged, or the taker's own
   */
  public void inflate(ByteBuffer part, Taker taker) throws IOException {
    inflater.setInput(part.duplicate());
    try {
      while (inflater.inflate(plain.clear()) > 0) {
        taker.take(plain.flip());
      }
    } catch (DataFormatException e) {
      throw new WireException("a damaged descriptor: " + e.getMessage());
    }
  }

  /** Begins with another descriptor. */
  public void reset() {
    inflater.reset();
  }

  @Override
  public void close() {
    inflater.end();
  }
}
