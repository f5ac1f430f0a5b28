package io.jettison.disksrv.internal;

import io.jettison.api.Outcome;
import io.jettison.api.disk.DiskFormat;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** The formats there are right now, by name. Thread-safe. */
final class Formats {
  private final Map<String, DiskFormat> byName = new ConcurrentHashMap<>();

  /** A format came, perhaps in another's place. */
  void add(String name, DiskFormat format) {
    byName.put(name, format);
  }

  /** A format went. */
  void remove(String name, DiskFormat format) {
    byName.remove(name, format);
  }

  /** The format of a name. */
  Outcome<DiskFormat> get(String name) {
    DiskFormat format = byName.get(name);
    if (format == null) {
      return Outcome.refused(
          "there is no disk format '" + name + "' on this host",
          "put its bundle into deploy/; formats here: "
              + (byName.isEmpty() ? "none" : String.join(", ", new TreeSet<>(byName.keySet()))));
    }
    return Outcome.done(format);
  }
}
