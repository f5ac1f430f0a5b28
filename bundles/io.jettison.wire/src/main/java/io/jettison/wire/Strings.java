package io.jettison.wire;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Strings on the wire: a u16 length and that many bytes of UTF-8. */
public final class Strings {
  /** Longest string, in bytes of UTF-8. */
  public static final int MAX_BYTES = 0xffff;

  private Strings() {}

  /**
   * Writes a string.
   *
   * @throws IllegalArgumentException if it is too long
   */
  public static void put(ByteBuffer into, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException("a text of " + bytes.length + " bytes");
    }
    into.putShort((short) bytes.length).put(bytes);
  }

  /** Writes what of a string fits in so many bytes of UTF-8. */
  public static void putCut(ByteBuffer into, String text, int maxBytes) {
    ByteBuffer bytes = ByteBuffer.allocate(maxBytes);
    var encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text), bytes, true);
    if (encoded.isError()) {
      put(into, "?");
      return;
    }
    bytes.flip();
    into.putShort((short) bytes.remaining()).put(bytes);
  }

  /**
   * Reads a string.
   *
   * @throws WireException if there is none
   */
  public static String get(ByteBuffer from) throws WireException {
    if (from.remaining() < Short.BYTES) {
      throw new WireException("a text is missing");
    }
    int length = Short.toUnsignedInt(from.getShort());
    if (length > from.remaining()) {
      throw new WireException("a text runs past the end of its message");
    }
    ByteBuffer bytes = from.slice(from.position(), length);
    from.position(from.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new WireException("a text is not UTF-8", e);
    }
  }
}
