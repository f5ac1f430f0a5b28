package io.jettison.config.internal;

import io.jettison.api.Nearest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Compares a file with what may be configured. */
final class Checker {
  private final Schema schema;
  private final List<String> errors = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  Checker(Schema schema, List<Ini.Section> sections) {
    this.schema = schema;
    sections.forEach(this::check);
  }

  /** What forbids to use the file. */
  List<String> errors() {
    return errors;
  }

  /** What may be right once another bundle is installed. */
  List<String> warnings() {
    return warnings;
  }

  private void check(Ini.Section section) {
    Map<String, UnaryOperator<String>> keys = schema.kinds().get(section.kind());
    if (keys == null) {
      warnings.add(
          "line "
              + section.line()
              + ": no bundle here knows a section ["
              + section.header()
              + "]"
              + suggestion(section.kind(), schema.kinds().keySet()));
      return;
    }
    if (section.name().isEmpty() && wantsName(section.kind(), keys)) {
      errors.add(
          "line "
              + section.line()
              + ": ["
              + section.kind()
              + "] wants a name: ["
              + section.kind()
              + " NAME]");
    }
    section.values().forEach((key, value) -> check(section, keys, key, value));
  }

  private void check(
      Ini.Section section, Map<String, UnaryOperator<String>> keys, String key, Ini.Value value) {
    UnaryOperator<String> test = keys.get(key);
    String where = "line " + value.line() + ": ";
    if (test == null) {
      errors.add(
          where
              + "unknown key '"
              + key
              + "' in ["
              + section.header()
              + "]"
              + suggestion(key, keys.keySet()));
    } else if (!test.apply(value.text()).isEmpty()) {
      errors.add(
          where
              + "'"
              + value.text()
              + "' cannot be "
              + key
              + " in ["
              + section.header()
              + "]: "
              + test.apply(value.text()));
    }
  }

  /** A VM and a power profile are nothing without a name; a smart plug may do without. */
  private static boolean wantsName(String kind, Map<String, UnaryOperator<String>> keys) {
    return keys.containsKey("name") && (kind.startsWith("vm.") || kind.equals("power.profile"));
  }

  private static String suggestion(String word, java.util.Collection<String> known) {
    return Nearest.to(word, known).map(near -> " (did you mean '" + near + "'?)").orElse("");
  }
}
