package io.jettison.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A command that ran to its end.
 *
 * @param exit its exit code
 * @param out what it printed
 * @param err what it complained about
 */
public record Ran(int exit, String out, String err) {
  private static final Duration TOOL_LIMIT = Duration.ofSeconds(30);

  /**
   * Runs a command.
   *
   * @param environment added to this process's own
   * @throws LabException if it cannot be started, or has not ended after {@code limit}
   */
  public static Ran of(Duration limit, Map<String, String> environment, List<String> command)
      throws LabException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      CompletableFuture<String> out = reading(process.getInputStream());
      CompletableFuture<String> err = reading(process.getErrorStream());
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new LabException(
            "'" + String.join(" ", command) + "' has not ended after " + limit.toSeconds() + " s");
      }
      return new Ran(process.exitValue(), out.join(), err.join());
    } catch (IOException e) {
      throw new LabException("cannot run '" + command.get(0) + "'", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while running '" + command.get(0) + "'", e);
    }
  }

  /**
   * Runs a tool of the system that must succeed.
   *
   * @return what it printed
   * @throws LabException if it fails, with its own complaint
   */
  public static String tool(String... command) throws LabException {
    Ran ran = of(TOOL_LIMIT, Map.of(), List.of(command));
    if (ran.exit != 0) {
      throw new LabException("'" + String.join(" ", command) + "' failed: " + ran.complaint());
    }
    return ran.out;
  }

  /** The last line it complained with, or else its exit code. */
  public String complaint() {
    return err.lines()
        .filter(line -> !line.isBlank())
        .reduce((first, second) -> second)
        .orElse("exit code " + exit);
  }

  private static CompletableFuture<String> reading(InputStream stream) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
