package io.jettison.power.linux.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files the kernel shows, by paths such as {@code sys/power/state}. Tests replace {@link
 * #write}: nothing but this class ever writes to them.
 */
class Kernel {
  private final Path root;

  /** Below a root: {@code /}, or a prepared tree. */
  Kernel(Path root) {
    this.root = root;
  }

  /** Names in a list, separated by commas. */
  static List<String> names(String list) {
    return Arrays.stream(list.split(",", -1))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .toList();
  }

  /** Where a file is. */
  Path path(String file) {
    return root.resolve(file);
  }

  boolean exists(String file) {
    return Files.exists(path(file));
  }

  boolean isWritable(String file) {
    return Files.isWritable(path(file));
  }

  /** What a file holds, without the end of its line; empty if there is none or it says nothing. */
  Optional<String> read(String file) {
    try {
      return Optional.of(Files.readString(path(file), StandardCharsets.ISO_8859_1).strip())
          .filter(text -> !text.isEmpty());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Writes to a file that is there. */
  void write(String file, String value) throws IOException {
    Files.writeString(
        path(file), value, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
  }

  /** Names in a folder, sorted; none if there is no such folder. */
  List<String> list(String folder) {
    try (Stream<Path> entries = Files.list(path(folder))) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Where a link leads, all links resolved; empty if there is none. */
  Optional<Path> real(String link) {
    try {
      return Optional.of(path(link).toRealPath());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** What a link says, such as {@code net:[4026531840]}; empty if it cannot be read. */
  Optional<String> link(String link) {
    try {
      return Optional.of(Files.readSymbolicLink(path(link)).toString());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
