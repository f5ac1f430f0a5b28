package io.jettison.lab;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A line the workload answered: {@code OK key=value ...} or {@code ERR message}.
 *
 * @param ok whether the command was carried out
 * @param values what it reports
 * @param text the line as it came
 */
public record Reply(boolean ok, Map<String, String> values, String text) {
  /** Reads a line; empty if it is no answer, but something else that a console shows. */
  public static Optional<Reply> parse(String line) {
    String text = line.strip();
    boolean ok = text.equals("OK") || text.startsWith("OK ");
    if (!ok && !text.startsWith("ERR")) {
      return Optional.empty();
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (String word : text.split(" ", -1)) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        values.put(word.substring(0, equals), word.substring(equals + 1));
      }
    }
    return Optional.of(new Reply(ok, Map.copyOf(values), text));
  }

  /**
   * A number it reports.
   *
   * @throws LabException if it reports none of that name
   */
  public long number(String key) throws LabException {
    String value = values.get(key);
    if (value == null || !value.matches("\\d{1,18}")) {
      throw new LabException("the workload answered '" + text + "': " + key + " is missing");
    }
    return Long.parseLong(value);
  }
}
