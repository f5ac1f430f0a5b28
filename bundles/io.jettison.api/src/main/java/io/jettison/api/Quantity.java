package io.jettison.api;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Quantities as people write them in a configuration: {@code 1 GiB}, {@code 15 s}. */
public final class Quantity {
  private static final Pattern SHAPE = Pattern.compile("\\s*(\\d{1,18})\\s*([A-Za-z]*)\\s*");
  private static final Map<String, Long> SIZES =
      Map.of("", 1L, "b", 1L, "kib", 1L << 10, "mib", 1L << 20, "gib", 1L << 30, "tib", 1L << 40);
  private static final Map<String, Long> TIMES =
      Map.of(
          "ms", 1L, "s", 1_000L, "min", 60_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

  private Quantity() {}

  /** A size in bytes, such as {@code 512 MiB}; a number alone is bytes. */
  public static Outcome<Long> bytes(String text) {
    return scaled(text, SIZES, "a size", "write a whole number and B, KiB, MiB, GiB or TiB");
  }

  /** A duration, such as {@code 500 ms}, {@code 15 s}, {@code 5 min} or {@code 1 h}. */
  public static Outcome<Duration> duration(String text) {
    return scaled(text, TIMES, "a duration", "write a whole number and ms, s, min, h or d")
        .then(millis -> Outcome.done(Duration.ofMillis(millis)));
  }

  private static Outcome<Long> scaled(
      String text, Map<String, Long> units, String what, String remedy) {
    Matcher matcher = SHAPE.matcher(text);
    if (matcher.matches()) {
      Long unit = units.get(matcher.group(2).toLowerCase(Locale.ROOT));
      long number = Long.parseLong(matcher.group(1));
      if (unit != null && number <= Long.MAX_VALUE / unit) {
        return Outcome.done(number * unit);
      }
    }
    return Outcome.refused("'" + text + "' is not " + what, remedy);
  }
}
