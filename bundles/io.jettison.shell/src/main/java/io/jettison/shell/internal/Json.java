package io.jettison.shell.internal;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Writes values as JSON: records by their components in snake_case, durations in seconds, an empty
 * Optional as null, enums in lower case.
 */
final class Json {
  private Json() {}

  static String of(@Nullable Object value) {
    if (value == null) {
      return "null";
    } else if (value instanceof Optional<?> optional) {
      return of(optional.orElse(null));
    } else if (value instanceof OptionalDouble optional) {
      return optional.isPresent() ? of(optional.getAsDouble()) : of(null);
    } else if (value instanceof Duration duration) {
      return Double.toString(duration.toNanos() / 1e9);
    } else if (value instanceof Number || value instanceof Boolean) {
      return value.toString();
    } else if (value instanceof Enum<?> constant) {
      return quoted(constant.name().toLowerCase(Locale.ROOT));
    } else if (value instanceof Collection<?> collection) {
      StringJoiner items = new StringJoiner(",", "[", "]");
      collection.forEach(item -> items.add(of(item)));
      return items.toString();
    } else if (value instanceof Map<?, ?> map) {
      StringJoiner members = new StringJoiner(",", "{", "}");
      map.forEach((key, member) -> members.add(quoted(key.toString()) + ":" + of(member)));
      return members.toString();
    } else if (value instanceof Record record) {
      return record(record);
    }
    return quoted(value.toString());
  }

  private static String record(Record record) {
    StringJoiner members = new StringJoiner(",", "{", "}");
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      try {
        component.getAccessor().setAccessible(true);
        members.add(
            quoted(snake(component.getName())) + ":" + of(component.getAccessor().invoke(record)));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot read " + component, e);
      }
    }
    return members.toString();
  }

  static String snake(String camel) {
    return camel.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        case '\n' -> json.append("\\n");
        default -> {
          if (c < ' ') {
            json.append(String.format("\\u%04x", (int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    return json.append('"').toString();
  }
}
