package io.jettison.config.internal;

import io.jettison.api.Outcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An INI file. Lines are {@code [section]}, {@code [section NAME]}, {@code key = value}, comments
 * that begin with {@code #} or {@code ;}, or blank. A value ends with its line and may contain
 * anything.
 */
final class Ini {
  private static final Pattern HEADER =
      Pattern.compile("\\[\\s*([a-z0-9.-]+)(?:\\s+([^\\s\\]]+))?\\s*]");
  private static final Pattern ENTRY = Pattern.compile("([A-Za-z0-9._-]+)\\s*=\\s*(.*)");

  /** A value and where it stands. */
  record Value(String text, int line) {}

  /**
   * A section.
   *
   * @param kind first word of its header
   * @param name second word; empty if there is none
   * @param line where it begins, from 1
   * @param values by key, in their order
   */
  record Section(String kind, String name, int line, Map<String, Value> values) {
    String header() {
      return name.isEmpty() ? kind : kind + " " + name;
    }
  }

  private Ini() {}

  /** Reads a file's text; refused at the first line that is none of the above. */
  static Outcome<List<Section>> parse(String text) {
    Map<String, Section> sections = new LinkedHashMap<>();
    Section section = null;
    int number = 0;
    for (String raw : text.lines().toList()) {
      number++;
      String line = raw.strip();
      if (line.isEmpty() || line.startsWith("#") || line.startsWith(";")) {
        continue;
      }
      Matcher header = HEADER.matcher(line);
      Matcher entry = ENTRY.matcher(line);
      if (header.matches()) {
        String name = header.group(2) == null ? "" : header.group(2);
        section = new Section(header.group(1), name, number, new LinkedHashMap<>());
        Section earlier = sections.putIfAbsent(section.header(), section);
        if (earlier != null) {
          return refused(
              number, "[" + section.header() + "] stands in line " + earlier.line() + " already");
        }
      } else if (!entry.matches()) {
        return refused(number, "'" + line + "' is neither [section] nor key = value");
      } else if (section == null) {
        return refused(number, "'" + entry.group(1) + "' stands in no section");
      } else if (section.values().put(entry.group(1), new Value(entry.group(2), number)) != null) {
        return refused(number, "'" + entry.group(1) + "' is said twice in this section");
      }
    }
    return Outcome.done(new ArrayList<>(sections.values()));
  }

  private static <T> Outcome<T> refused(int line, String what) {
    return Outcome.refused("line " + line + ": " + what, "mend the line");
  }
}
