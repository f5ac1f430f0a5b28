package io.jettison.wire.wake;

import io.jettison.api.Outcome;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Hardware addresses of network cards, as numbers of 48 bits. */
public final class HardwareAddress {
  /** Its length. */
  public static final int BYTES = 6;

  static final long MASK = (1L << (Byte.SIZE * BYTES)) - 1;

  /** Set in the addresses of groups, that of everybody among them. */
  private static final long GROUP = 1L << 40;

  private static final Pattern SHAPE =
      Pattern.compile("[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}(?:\\1[0-9A-Fa-f]{2}){4}");

  private HardwareAddress() {}

  /** Whether one network card can have this address. */
  public static boolean isOfOne(long address) {
    return address != 0 && (address & ~MASK) == 0 && (address & GROUP) == 0;
  }

  /** Reads the address of one network card, such as {@code 02:4a:45:54:00:01}. */
  public static Outcome<Long> parse(String text) {
    String trimmed = text.strip();
    if (SHAPE.matcher(trimmed).matches()) {
      long address = HexFormat.fromHexDigitsToLong(trimmed.replaceAll("[:-]", ""));
      if (isOfOne(address)) {
        return Outcome.done(address);
      }
    }
    return Outcome.refused(
        "'" + text + "' is not a network card's hardware address",
        "write it as `ip link` shows it on the PC, such as 02:4a:45:54:00:01");
  }

  /** From the six bytes the system gives. */
  public static long of(byte[] bytes) {
    long address = 0;
    for (int i = 0; i < BYTES; i++) {
      address = address << Byte.SIZE | Byte.toUnsignedLong(bytes[i]);
    }
    return address;
  }

  /** As people write it. */
  public static String format(long address) {
    byte[] bytes = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      bytes[i] = (byte) (address >>> (Byte.SIZE * (BYTES - 1 - i)));
    }
    return HexFormat.ofDelimiter(":").formatHex(bytes);
  }
}
