package io.jettison.wire;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The values of an enum on the wire: a u8, the value's place in a list that only ever grows.
 *
 * @param <E> the enum
 */
public final class Codes<E extends Enum<E>> {
  private final List<E> values;

  /** Codes 0, 1, … for these values. */
  public Codes(List<E> values) {
    this.values = List.copyOf(values);
  }

  /** Writes a value. */
  public void put(ByteBuffer into, E value) {
    into.put((byte) values.indexOf(value));
  }

  /**
   * Reads a value.
   *
   * @throws WireException if there is none
   */
  public E get(ByteBuffer from) throws WireException {
    int code = from.hasRemaining() ? Byte.toUnsignedInt(from.get()) : -1;
    if (code < 0 || code >= values.size()) {
      throw new WireException("unknown code " + code);
    }
    return values.get(code);
  }
}
