package io.jettison.power.lab.internal;

import com.google.errorprone.annotations.FormatMethod;
import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.power.PowerController.WakeReason;
import io.jettison.wire.wake.HardwareAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The process that freezes this one. Not thread-safe. A keeper that does not answer as it should
 * has freed its PC, or is made to by {@link #close}.
 */
final class Keeper implements AutoCloseable {
  /**
   * How the PC woke; this process alone runs.
   *
   * @param selective whether only the time of a selective resume has passed
   * @param asleep how long it slept, without the transitions
   * @param packet the frame that woke it
   */
  record Woke(WakeReason reason, boolean selective, Duration asleep, Optional<ByteBuffer> packet) {}

  private static final String PROGRAM = "/linux-x86-64/jettison-keeper";
  private static final String NOTHING = "-";
  private static final String REMEDY =
      "see docs/power.md; the lab's hosts need root, namespaces and Linux 6.6 or newer";

  private final Process process;
  private final BufferedReader answers;
  private final long key;
  private boolean ended;

  private Keeper(Process process, BufferedReader answers, long key) {
    this.process = process;
    this.answers = answers;
    this.key = key;
  }

  /** Puts the program into a folder, whole or not at all. */
  static Path program(Path folder) throws IOException {
    try (InputStream in = Keeper.class.getResourceAsStream(PROGRAM)) {
      if (in == null) {
        throw new IOException(PROGRAM + " is missing in its bundle: build native/ first");
      }
      Files.createDirectories(folder);
      Path fresh = Files.createTempFile(folder, "extract", ".new");
      Files.copy(in, fresh, StandardCopyOption.REPLACE_EXISTING);
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
      // one that runs keeps the file it has
      return Files.move(fresh, folder.resolve("jettison-keeper"), StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /**
   * Has this process kept.
   *
   * @param programs folder for the keeper's program
   * @param card the interface whose cable goes dead
   * @param hardware the address its card listens for
   */
  static Outcome<Keeper> start(Path programs, String card, long hardware) {
    try {
      List<String> command =
          List.of(
              program(programs).toString(),
              Long.toString(ProcessHandle.current().pid()),
              card,
              HardwareAddress.format(hardware));
      return of(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    } catch (IOException e) {
      return Outcome.refused("the PC has no keeper: " + e.getMessage(), REMEDY);
    }
  }

  /** The keeper that a process is, once it is ready. */
  static Outcome<Keeper> of(Process process) throws IOException {
    BufferedReader answers = process.inputReader(StandardCharsets.US_ASCII);
    return answer(answers.readLine())
        .then(words -> Outcome.done(new Keeper(process, answers, Long.parseLong(words[1]))));
  }

  /** Whether it keeps this process: one that has ended is still a process for a moment. */
  boolean isAlive() {
    return !ended && process.isAlive();
  }

  /** The process to which SIGUSR1 is a key pressed. */
  long key() {
    return key;
  }

  /**
   * Sleeps.
   *
   * @param suspend time to fall asleep
   * @param selective time to wake for a packet with a context
   * @param full time to wake for anything else
   * @param atMost an alarm wakes the PC after that long
   */
  Outcome<Woke> sleep(Duration suspend, Duration selective, Duration full, Duration atMost) {
    return ask(
            "sleep %d %d %d %d",
            suspend.toMillis(), selective.toMillis(), full.toMillis(), atMost.toMillis())
        .then(
            words ->
                Outcome.done(
                    new Woke(
                        WakeReason.valueOf(words[1].toUpperCase(Locale.ROOT)),
                        words[2].equals("selective"),
                        Duration.ofMillis(Long.parseLong(words[3])),
                        words[4].equals(NOTHING)
                            ? Optional.empty()
                            : Optional.of(
                                ByteBuffer.wrap(HexFormat.of().parseHex(words[4]))
                                    .asReadOnlyBuffer()))));
  }

  /** Lets the rest of the PC run after a while. */
  Outcome<Nothing> resume(Duration later) {
    return ask("resume %d", later.toMillis()).then(words -> Outcome.done());
  }

  @FormatMethod
  private Outcome<String[]> ask(String question, Object... values) {
    try {
      // written at once: the answer may be long in coming, and this process frozen meanwhile
      process
          .getOutputStream()
          .write((String.format(question, values) + "\n").getBytes(StandardCharsets.US_ASCII));
      process.getOutputStream().flush();
      String line = answers.readLine();
      ended = line == null;
      return answer(line);
    } catch (IOException e) {
      ended = true;
      return Outcome.refused("the PC's keeper has ended: " + e.getMessage(), REMEDY);
    }
  }

  private static Outcome<String[]> answer(@Nullable String line) {
    if (line == null) {
      return Outcome.refused("the PC's keeper has ended", REMEDY);
    }
    String refused = "refused ";
    return line.startsWith(refused)
        ? Outcome.refused(line.substring(refused.length()), REMEDY)
        : Outcome.done(line.split(" ", -1));
  }

  /** Ends it; all of the PC runs then. */
  @Override
  public void close() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      process.destroy(); // it ends by that as well
    }
  }
}
