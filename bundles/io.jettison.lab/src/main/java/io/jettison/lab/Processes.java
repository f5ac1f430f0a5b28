package io.jettison.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Finds and ends the processes of labs, VMMs that outlived their daemon among them. */
public final class Processes {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private Processes() {}

  /** Processes of all labs of which {@code which} holds. Others' processes are not seen. */
  public static List<ProcessHandle> of(Predicate<LabId> which) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.pid() != ProcessHandle.current().pid())
        .filter(process -> labOf(process).filter(which).isPresent())
        .toList();
  }

  /** Command line of a process, one argument each; empty if it is gone. */
  public static List<String> commandLine(ProcessHandle process) {
    return strings(process, "cmdline").toList();
  }

  /** Ends processes at once and waits until they are gone. */
  public static void kill(List<ProcessHandle> processes) {
    for (ProcessHandle process : processes) {
      process.destroyForcibly();
    }
    CompletableFuture<?>[] exits =
        processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.allOf(exits).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      System.err.println("lab: some processes do not end: " + processes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Optional<LabId> labOf(ProcessHandle process) {
    String key = LabId.VARIABLE + "=";
    return strings(process, "environ")
        .filter(entry -> entry.startsWith(key))
        .findFirst()
        .flatMap(entry -> LabId.in(entry.substring(key.length())));
  }

  private static Stream<String> strings(ProcessHandle process, String file) {
    try {
      String all =
          Files.readString(
              Path.of("/proc/" + process.pid() + "/" + file), StandardCharsets.ISO_8859_1);
      return Stream.of(all.split("\0", -1)).filter(entry -> !entry.isEmpty());
    } catch (IOException e) {
      // gone meanwhile, or another user's
      return Stream.empty();
    }
  }
}
