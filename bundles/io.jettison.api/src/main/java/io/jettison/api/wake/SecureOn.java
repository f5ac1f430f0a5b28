package io.jettison.api.wake;

import io.jettison.api.Outcome;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The password some network cards want in a wake packet. It travels in the clear: it keeps out
 * accidents, not attackers. Immutable.
 */
public final class SecureOn {
  private static final Pattern SHAPE =
      Pattern.compile("[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){3}(?:(?:[:-][0-9A-Fa-f]{2}){2})?");

  private final byte[] bytes;

  private SecureOn(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Reads a password of six bytes, or of four, written as {@code 00:11:22:33:44:55}. */
  public static Outcome<SecureOn> parse(String text) {
    String trimmed = text.strip();
    if (!SHAPE.matcher(trimmed).matches()) {
      // the text stays out of messages and logs
      return Outcome.refused(
          "the wake-up password is not six bytes, nor four",
          "write it as in 00:11:22:33:44:55, as ethtool's sopass");
    }
    return Outcome.done(new SecureOn(HexFormat.of().parseHex(trimmed.replaceAll("[:-]", ""))));
  }

  /** Its six or four bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SecureOn that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** Does not tell it. */
  @Override
  public String toString() {
    return "a password";
  }
}
