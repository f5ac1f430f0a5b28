package io.jettison.bench;

import io.jettison.lab.Cleanup;
import io.jettison.lab.LabException;
import io.jettison.lab.LabId;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A process of a measurement, on one core. */
final class Child implements AutoCloseable {
  private static final double TICKS_PER_SECOND = 100; // USER_HZ, fixed on Linux

  private final String name;
  private final Process process;
  private final BufferedReader output;

  private Child(String name, Process process) {
    this.name = name;
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Puts before a command what keeps it on a core. */
  static List<String> onCore(int core) {
    return List.of("taskset", "-c", Integer.toString(core));
  }

  /** Starts a program on a core. */
  static Child start(LabId id, int core, Map<String, String> environment, List<String> command)
      throws LabException {
    return start(id, core, environment, command, ProcessBuilder.Redirect.INHERIT);
  }

  /** Starts a program on a core that complains of every client that hangs up. */
  static Child quiet(LabId id, int core, List<String> command) throws LabException {
    return start(id, core, Map.of(), command, ProcessBuilder.Redirect.DISCARD);
  }

  private static Child start(
      LabId id,
      int core,
      Map<String, String> environment,
      List<String> command,
      ProcessBuilder.Redirect errors)
      throws LabException {
    List<String> line = new ArrayList<>(onCore(core));
    line.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(line).redirectError(errors);
    builder.environment().put(LabId.VARIABLE, id.toString());
    builder.environment().putAll(environment);
    String name = Path.of(command.get(0)).getFileName().toString();
    try {
      return new Child(name, builder.start());
    } catch (IOException e) {
      throw new LabException("cannot start " + name, e);
    }
  }

  /** Ends it with the measurement, should it be left behind. */
  Child with(Cleanup cleanup) throws LabException {
    cleanup.add(process::destroyForcibly);
    return this;
  }

  /** Waits for a line that begins with a word; yields what follows it. */
  String expect(String word) throws LabException {
    try {
      for (@Nullable String line; (line = output.readLine()) != null; ) {
        if (line.startsWith(word)) {
          return line.substring(word.length()).strip();
        }
      }
    } catch (IOException e) {
      throw new LabException(name + " cannot be read", e);
    }
    throw new LabException(name + " ended before it said " + word);
  }

  /** Writes a line to it. */
  void say(String line) throws LabException {
    try {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new LabException(name + " takes no commands", e);
    }
  }

  private long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Seconds of CPU it used so far, all of its threads together. */
  double cpuSeconds() throws LabException {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid() + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    } catch (IOException e) {
      throw new LabException(name + " is gone", e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
