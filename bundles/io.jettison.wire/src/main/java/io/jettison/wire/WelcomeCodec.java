package io.jettison.wire;

import io.jettison.api.Outcome.Refused;
import java.nio.ByteBuffer;

/**
 * {@link Welcome} as bytes: u8 0 for accepted; u8 1, reason and remedy for refused. The same in all
 * versions, so that a peer of another version is told so.
 */
public final class WelcomeCodec {
  /** Longest encoding. */
  public static final int MAX_BYTES = 2048;

  private static final int TEXT_BYTES = 1000;

  private WelcomeCodec() {}

  /** Writes an answer. */
  public static void encode(Welcome welcome, ByteBuffer into) {
    if (welcome.outcome() instanceof Refused<?> refused) {
      into.put((byte) 1);
      Strings.putCut(into, refused.reason(), TEXT_BYTES);
      Strings.putCut(into, refused.remedy(), TEXT_BYTES);
    } else {
      into.put((byte) 0);
    }
  }

  /**
   * Reads an answer.
   *
   * @throws WireException if it is none
   */
  public static Welcome decode(ByteBuffer from) throws WireException {
    int kind = from.hasRemaining() ? from.get() : -1;
    Welcome welcome =
        switch (kind) {
          case 0 -> Welcome.accepted();
          case 1 -> Welcome.refused(Strings.get(from), Strings.get(from));
          default -> throw new WireException("an answer of an unknown kind " + kind);
        };
    if (from.hasRemaining()) {
      throw new WireException("an answer is too long");
    }
    return welcome;
  }
}
