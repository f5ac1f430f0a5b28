package io.jettison.disksrv.internal;

import io.jettison.api.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Starts QEMU's own tools, which know its formats best. */
final class QemuTool {
  private static final int LAST_LINES = 3;

  private QemuTool() {}

  /** Starts one; its output and its complaints go to files. */
  static Outcome<Process> start(List<String> command, Path out, Path err) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("LC_ALL", "C");
    try {
      return Outcome.done(builder.start());
    } catch (IOException e) {
      return Outcome.refused(
          command.get(0) + " cannot be started: " + e.getMessage(), "apt install qemu-utils");
    }
  }

  /** The last lines of its complaints, in one. */
  static String lastWords(Path err) {
    try {
      List<String> lines = Files.readAllLines(err);
      List<String> last = lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
      return last.isEmpty() ? "it said nothing" : String.join(" | ", last);
    } catch (IOException e) {
      return "its log " + err + " cannot be read";
    }
  }
}
