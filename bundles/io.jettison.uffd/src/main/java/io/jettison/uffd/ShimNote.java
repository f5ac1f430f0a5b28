package io.jettison.uffd;

import io.jettison.api.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What a shim says of the memory it registered.
 *
 * @param pid the VMM's process
 * @param start when it began, in clock ticks since boot: tells it from a later one of the same pid
 * @param uffd the userfaultfd's number in that process
 * @param address where the guest's memory is mapped
 * @param length its bytes
 * @param offset the file offset of its first byte
 * @param features userfaultfd features in force
 */
public record ShimNote(
    long pid, long start, int uffd, long address, long length, long offset, long features) {
  private static final String HEADER = "jettison-shim 1";
  private static final long FEATURE_WP_ASYNC = 1 << 15;

  /** Whether first writes are recorded. */
  boolean tracksWrites() {
    return (features & FEATURE_WP_ASYNC) != 0;
  }

  /** Reads a note; refused if there is none or its process is gone. */
  public static Outcome<ShimNote> read(Path file) {
    try {
      String text = Files.readString(file);
      if (!text.startsWith(HEADER + "\n")) {
        return Outcome.refused(file + " is not a note of this version's shim", "end the VMM");
      }
      Map<String, String> fields = new HashMap<>();
      for (String line : text.lines().skip(1).toList()) {
        int equals = line.indexOf('=');
        fields.put(line.substring(0, Math.max(0, equals)), line.substring(equals + 1));
      }
      ShimNote note =
          new ShimNote(
              number(fields, "pid"),
              number(fields, "start"),
              (int) number(fields, "uffd"),
              number(fields, "address"),
              number(fields, "length"),
              number(fields, "offset"),
              number(fields, "features"));
      return VmmProcess.isAlive(note.pid(), note.start())
          ? Outcome.done(note)
          : Outcome.refused("the VMM of " + file + " is gone", "look at the VMM's log beside it");
    } catch (IOException e) {
      return Outcome.refused(
          "there is no shim's note " + file, "the VMM has not begun, or is gone");
    } catch (IllegalArgumentException e) {
      return Outcome.refused(file + " is damaged: " + e.getMessage(), "end the VMM");
    }
  }

  private static long number(Map<String, String> fields, String key) {
    String value = fields.get(key);
    if (value == null) {
      throw new IllegalArgumentException("no " + key);
    }
    return Long.decode(value);
  }
}
