package io.jettison.lab;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The image of the VM's disk, on the desktop.
 *
 * @param file where it is
 * @param format its format
 * @param fileSystem whether it holds one, which can be checked from outside
 */
public record Image(Path file, DiskFormat format, boolean fileSystem) {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final long MIB = 1L << 20;

  /** What {@link #check} says if nothing is wrong. */
  static final String CLEAN = "clean";

  /** What {@link #check} says of a disk without a file system. */
  static final String NONE = "none";

  /**
   * Makes one, sparse.
   *
   * @param fileSystem whether to put an empty ext4 on it
   * @throws LabException if it cannot be made; with what is missing
   */
  static Image create(Path folder, DiskFormat format, int mib, boolean fileSystem)
      throws LabException {
    Path raw = folder.resolve("disk.raw");
    try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "rw")) {
      file.setLength(mib * MIB);
    } catch (IOException e) {
      throw new LabException("the disk cannot be made", e);
    }
    if (fileSystem) {
      format(raw);
    }
    if (format == DiskFormat.RAW) {
      return new Image(raw, format, fileSystem);
    }
    Path converted = folder.resolve("disk.qcow2");
    convert(raw, DiskFormat.RAW, converted, format);
    delete(raw);
    return new Image(converted, format, fileSystem);
  }

  // all is written now: a guest would go on initialising what is not, wherever it runs
  private static void format(Path raw) throws LabException {
    Ran ran =
        run(
            "e2fsprogs",
            List.of("mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0"),
            List.of("-E", "lazy_itable_init=0,lazy_journal_init=0", raw.toString()));
    if (ran.exit() != 0) {
      throw new LabException("the disk cannot be formatted: " + ran.complaint());
    }
  }

  private static void convert(Path from, DiskFormat is, Path to, DiskFormat becomes)
      throws LabException {
    Ran ran =
        run(
            "qemu-utils",
            List.of("qemu-img", "convert", "-f", is.word(), "-O", becomes.word()),
            List.of(from.toString(), to.toString()));
    if (ran.exit() != 0) {
      throw new LabException("the disk cannot be converted: " + ran.complaint());
    }
  }

  /**
   * Checks the file system of a VM that is off, on a copy: as the next boot it replays the journal
   * first, for the VM's plug was pulled.
   *
   * @return {@link #CLEAN}, {@link #NONE}, or what is wrong
   */
  String check() throws LabException {
    if (!fileSystem) {
      return NONE;
    }
    Path copy = file.resolveSibling("disk.checked");
    if (format == DiskFormat.RAW) {
      Ran ran =
          run(
              "coreutils",
              List.of("cp", "--sparse=always"),
              List.of(file.toString(), copy.toString()));
      if (ran.exit() != 0) {
        throw new LabException("the disk cannot be copied: " + ran.complaint());
      }
    } else {
      convert(file, format, copy, DiskFormat.RAW);
    }
    try {
      return checkRaw(copy);
    } finally {
      delete(copy);
    }
  }

  // exit codes: 0 nothing to do, 1 done what a boot does without asking, else damage
  private static String checkRaw(Path raw) throws LabException {
    Ran replayed = run("e2fsprogs", List.of("e2fsck", "-p"), List.of(raw.toString()));
    if (replayed.exit() > 1 || replayed.out().contains("with errors")) {
      return "at the next boot: " + lastLine(replayed);
    }
    Ran checked = run("e2fsprogs", List.of("e2fsck", "-fn"), List.of(raw.toString()));
    return checked.exit() == 0 ? CLEAN : lastLine(checked);
  }

  private static String lastLine(Ran ran) {
    return ran.out()
        .lines()
        .filter(line -> !line.isBlank())
        .reduce((first, second) -> second)
        .orElseGet(ran::complaint);
  }

  private static Ran run(String debian, List<String> command, List<String> more)
      throws LabException {
    List<String> words = new ArrayList<>(command);
    words.addAll(more);
    try {
      return Ran.of(LIMIT, Map.of(), words);
    } catch (LabException e) {
      if (e.getCause() instanceof IOException) {
        throw new LabException(
            command.get(0) + " is missing: apt-get install " + debian + ", or use --no-disk", e);
      }
      throw e;
    }
  }

  private static void delete(Path file) throws LabException {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new LabException("cannot delete " + file, e);
    }
  }
}
