package io.jettison.disksrv.internal;

import io.jettison.api.Outcome;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens images by {@code qemu-nbd}, one process for each. Without its option --persistent it ends
 * with its only connection, and so with this JVM however that ends; one that was never connected to
 * is found by its note. Thread-safe.
 */
final class QemuNbd {
  private static final Logger LOG = LoggerFactory.getLogger(QemuNbd.class);
  private static final long FIRST_LOOK_MILLIS = 1;
  private static final long LAST_LOOK_MILLIS = 50;
  private static final long END_SECONDS = 10;
  private static final String NOTE = ".pid";

  /** What one process has in the folder. */
  record Files(Path folder, String name) {
    Path socket() {
      return folder.resolve(name + ".sock");
    }

    Path note() {
      return folder.resolve(name + NOTE);
    }

    Path log() {
      return folder.resolve(name + ".log");
    }

    String complaint() {
      return QemuTool.lastWords(log());
    }

    void delete() {
      try {
        // the note last: without it nobody would look for the others
        java.nio.file.Files.deleteIfExists(socket());
        java.nio.file.Files.deleteIfExists(log());
        java.nio.file.Files.deleteIfExists(note());
      } catch (IOException e) {
        LOG.warn("cannot remove the files of {}", name, e);
      }
    }
  }

  private final String program;
  private final Path folder;
  private final AtomicLong last = new AtomicLong();

  QemuNbd(String program, Path folder) {
    this.program = program;
    this.folder = folder;
  }

  /** Opens an image. */
  Outcome<ServedImage> start(Path image, List<String> options) {
    // not one that a JVM of the same folder used before: its process may still look for it
    String name = "nbd-" + ProcessHandle.current().pid() + "-" + last.incrementAndGet();
    Files files = new Files(folder, name);
    try {
      java.nio.file.Files.createDirectories(folder);
    } catch (IOException e) {
      return Outcome.refused("cannot create " + folder + ": " + e, "see that it is ours");
    }
    Outcome<ServedImage> served =
        QemuTool.start(command(image, options, files), files.log(), files.log())
            .then(process -> connect(image, process, files));
    if (!served.isDone()) {
      files.delete();
    }
    return served;
  }

  private List<String> command(Path image, List<String> options, Files files) {
    List<String> command = new ArrayList<>(List.of(program, "--format=qcow2"));
    command.addAll(options);
    command.add("--socket=" + files.socket());
    // a name with a slash before any colon is a file's, not a protocol's
    command.add(image.toAbsolutePath().toString());
    return command;
  }

  private static Outcome<ServedImage> connect(Path image, Process process, Files files) {
    try {
      return connected(image, process, files);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      return refused(image, "interrupted");
    }
  }

  private static Outcome<ServedImage> connected(Path image, Process process, Files files)
      throws InterruptedException {
    try {
      java.nio.file.Files.writeString(files.note(), process.pid() + "\n");
      for (long millis = FIRST_LOOK_MILLIS; process.isAlive(); ) {
        if (java.nio.file.Files.exists(files.socket())) {
          try {
            return Outcome.done(new ServedImage(new NbdClient(files.socket()), process, files));
          } catch (ConnectException e) {
            LOG.debug("{} does not listen yet", files.socket());
          }
        }
        TimeUnit.MILLISECONDS.sleep(millis);
        millis = Math.min(2 * millis, LAST_LOOK_MILLIS);
      }
      return refused(image, files.complaint());
    } catch (IOException e) {
      // it listens before it opens the image: if that fails it hangs up, and says why as it ends
      boolean ended = process.waitFor(END_SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly();
      return refused(image, ended ? files.complaint() : String.valueOf(e.getMessage()));
    }
  }

  private static Outcome<ServedImage> refused(Path image, String why) {
    return Outcome.refused(
        "the disk image " + image + " cannot be opened: " + why,
        "see what `qemu-img check " + image + "` says of it, and who else has it open");
  }

  /** Ends every process that has a note in the folder, also of a JVM before this one. */
  void endAll() {
    if (!java.nio.file.Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> entries = java.nio.file.Files.list(folder)) {
      for (Path note : (Iterable<Path>) entries::iterator) {
        String name = note.getFileName().toString();
        if (name.endsWith(NOTE)) {
          end(new Files(folder, name.substring(0, name.length() - NOTE.length())));
        }
      }
    } catch (IOException e) {
      LOG.warn("cannot look for helper programs in {}", folder, e);
    }
  }

  private static void end(Files files) throws IOException {
    String note = java.nio.file.Files.readString(files.note()).trim();
    if (note.matches("\\d{1,18}")) { // else it was cut short, before it was connected to
      ProcessHandle.of(Long.parseLong(note))
          .filter(process -> isOurs(process, files))
          .ifPresent(QemuNbd::kill);
    }
    files.delete();
  }

  /** The number may be another process's by now; none other was given this socket. */
  private static boolean isOurs(ProcessHandle process, Files files) {
    String socket = "--socket=" + files.socket();
    return process.info().arguments().map(List::of).orElse(List.of()).contains(socket);
  }

  private static void kill(ProcessHandle process) {
    process.destroyForcibly();
    try {
      process.onExit().get(END_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.warn("process {} does not end", process.pid(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
