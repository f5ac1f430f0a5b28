package io.jettison.wakeup.internal;

import io.jettison.api.Outcome;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** IP addresses as text; no names, which take a name server to look up. */
final class Literals {
  private static final Pattern SHAPE =
      Pattern.compile(
          "(?:(?:25[0-5]|(?:2[0-4]|1?\\d)?\\d)(?:\\.(?!$)|$)){4}"
              + "|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[\\w.-]+)?");

  private Literals() {}

  static Outcome<InetAddress> of(String text) {
    if (SHAPE.matcher(text.strip()).matches()) {
      try {
        return Outcome.done(InetAddress.getByName(text.strip()));
      } catch (UnknownHostException e) {
        // as for any other text
      }
    }
    return Outcome.refused("'" + text + "' is no IP address", "write it as in 192.0.2.7");
  }
}
