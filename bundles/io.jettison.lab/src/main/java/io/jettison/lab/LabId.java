package io.jettison.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names one run of the lab, after its process. Everything the run creates carries it, so that
 * several labs can run at once and the leftovers of a dead one can be told from the living.
 *
 * @param pid the lab's process
 * @param start when that process started, in clock ticks since boot: tells it from a later one of
 *     the same number
 */
public record LabId(long pid, long start) {
  private static final String PREFIX = "jettison-lab-";
  private static final Pattern SHAPE = Pattern.compile(PREFIX + "(\\d{1,10})-(\\d{1,18})");

  /** Environment variable of every process of a run. */
  public static final String VARIABLE = "JETTISON_LAB";

  /** This process. */
  public static LabId own() {
    long pid = ProcessHandle.current().pid();
    return new LabId(pid, startOf(pid).orElse(0L));
  }

  /** The run a name begins with; empty if it is not a lab's. */
  static Optional<LabId> in(String name) {
    Matcher matcher = SHAPE.matcher(name);
    return matcher.lookingAt()
        ? Optional.of(new LabId(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))))
        : Optional.empty();
  }

  /** Whether the lab still runs. */
  boolean alive() {
    return startOf(pid).filter(ticks -> ticks == start).isPresent();
  }

  /** What all names of this run begin with. */
  @Override
  public String toString() {
    return PREFIX + pid + "-" + start;
  }

  private static Optional<Long> startOf(long pid) {
    try {
      String stat =
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      // the second field is the command in parentheses and may hold blanks
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return Optional.of(Long.parseLong(fields[19]));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
