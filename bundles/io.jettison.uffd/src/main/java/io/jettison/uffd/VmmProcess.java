package io.jettison.uffd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.jettison.api.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A VMM's process, which outlives the JVM that started it and is found again by a note in the VM's
 * run folder. Thread-safe.
 *
 * @param pid its process id
 * @param start when it began, in clock ticks since boot
 */
public record VmmProcess(long pid, long start) {
  private static final String NOTE = "vmm.pid";
  private static final String LOG = "vmm.log";

  /** There while one is started of which no note is written yet. */
  private static final String STARTING = "vmm.starting";

  /** Environment variable that names the run folder. */
  private static final String MARK = "JETTISON_VMM";

  private static final long NANOS_PER_TICK = 10_000_000; // USER_HZ is 100 on all of Linux's ABIs
  private static final long END_SECONDS = 10;

  /**
   * Starts a VMM in a session of its own, its output in a log file.
   *
   * @param run the VM's run folder
   * @throws IOException if it cannot be started
   */
  public static VmmProcess start(List<String> command, Map<String, String> environment, Path run)
      throws IOException {
    List<String> line = new ArrayList<>(List.of("setsid"));
    line.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.to(run.resolve(LOG).toFile()));
    builder.environment().putAll(environment);
    builder.environment().put(MARK, run.toAbsolutePath().toString());
    Path starting = Files.write(run.resolve(STARTING), new byte[0]);
    long pid = builder.start().pid();
    VmmProcess process = new VmmProcess(pid, startTime(pid).orElse(0L));
    Path note = run.resolve(NOTE);
    Path temporary = note.resolveSibling(NOTE + ".new");
    Files.writeString(temporary, pid + " " + process.start() + "\n");
    Files.move(
        temporary, note, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Files.delete(starting);
    return process;
  }

  /**
   * Ends the VMM that was last started for this run folder, if it lives; also one that nobody knows
   * since its JVM was killed before it could note it. None may be being started.
   */
  public static void end(Path run) {
    find(run).ifPresent(VmmProcess::kill);
    Path starting = run.resolve(STARTING);
    if (Files.exists(starting)) {
      endStrays(run);
      try {
        Files.delete(starting);
      } catch (IOException e) {
        throw new IllegalStateException("cannot remove " + starting, e);
      }
    }
  }

  private static void endStrays(Path run) {
    String mark = MARK + "=" + run.toAbsolutePath();
    ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(pid -> hasInEnvironment(pid, mark))
        .forEach(pid -> new VmmProcess(pid, startTime(pid).orElse(0L)).kill());
  }

  private static boolean hasInEnvironment(long pid, String variable) {
    try {
      String all = Files.readString(Path.of("/proc/" + pid + "/environ"), ISO_8859_1);
      return List.of(all.split("\0", -1)).contains(variable);
    } catch (IOException e) {
      return false; // it has ended, or is somebody else's
    }
  }

  /** The VMM that was last started for this run folder, if it lives. */
  public static Optional<VmmProcess> find(Path run) {
    try {
      String[] words = Files.readString(run.resolve(NOTE)).trim().split(" ", -1);
      VmmProcess process = new VmmProcess(Long.parseLong(words[0]), Long.parseLong(words[1]));
      return process.isAlive() ? Optional.of(process) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      throw new IllegalStateException("the note of a VMM in " + run + " is damaged", e);
    }
  }

  /** Whether it lives. */
  public boolean isAlive() {
    return isAlive(pid, start);
  }

  static boolean isAlive(long pid, long start) {
    return startTime(pid).filter(began -> began == start).isPresent();
  }

  /** Ends it at once and waits until it is gone. Idempotent. */
  public void kill() {
    Optional<ProcessHandle> handle = isAlive() ? ProcessHandle.of(pid) : Optional.empty();
    if (handle.isEmpty()) {
      return;
    }
    handle.get().destroyForcibly();
    try {
      handle.get().onExit().get(END_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new IllegalStateException("process " + pid + " does not end", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Processor time of its threads whose name begins so.
   *
   * @return nanoseconds; refused if it is gone
   */
  public Outcome<Long> cpuNanos(String threadPrefix) {
    long ticks = 0;
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
      for (Path task : (Iterable<Path>) tasks::iterator) {
        String stat = stat(task.resolve("stat"));
        String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
        if (name.startsWith(threadPrefix)) {
          ticks += field(stat, 14) + field(stat, 15);
        }
      }
      return Outcome.done(ticks * NANOS_PER_TICK);
    } catch (IOException | RuntimeException e) {
      return Outcome.refused("process " + pid + " is gone", "look at its log");
    }
  }

  /**
   * Has the kernel map its code and constants ahead of their use. What a VMM never did, like
   * loading a state, would else meet a page fault for each piece of its code while its VM is
   * stopped. Takes tens of milliseconds; a VMM that may not be read stays as slow as it is.
   */
  public void faultIn() {
    MappedCode.faultIn(pid);
  }

  /** The last lines of a VMM's log, in one. */
  public static String lastWords(Path run) {
    try {
      List<String> lines = Files.readAllLines(run.resolve(LOG));
      List<String> last = lines.subList(Math.max(0, lines.size() - 3), lines.size());
      return last.isEmpty() ? "it said nothing" : String.join(" | ", last);
    } catch (IOException e) {
      return "its log " + run.resolve(LOG) + " cannot be read";
    }
  }

  private static Optional<Long> startTime(long pid) {
    try {
      String stat = stat(Path.of("/proc/" + pid + "/stat"));
      char state = stat.charAt(stat.lastIndexOf(')') + 2);
      return state == 'Z' || state == 'X' ? Optional.empty() : Optional.of(field(stat, 22));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String stat(Path file) throws IOException {
    return Files.readString(file, ISO_8859_1);
  }

  /** Field n of proc(5)'s stat, n > 2; the name before it may hold anything. */
  private static long field(String stat, int n) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).trim().split(" ", -1);
    return Long.parseLong(fields[n - 3]);
  }
}
