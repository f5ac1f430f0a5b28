package io.jettison.lab;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The few things the lab does with folders. */
final class Folders {
  private Folders() {}

  /** Deletes a folder and all in it, without following links; nothing if it is not there. */
  static void delete(Path folder) throws LabException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try {
      Files.walkFileTree(folder, new Deleter());
    } catch (IOException e) {
      throw new LabException("cannot delete " + folder, e);
    }
  }

  /** Copies the files of a folder, not its sub-folders. */
  static void copyFiles(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    for (Path file : list(from)) {
      if (Files.isRegularFile(file)) {
        Files.copy(
            file, to.resolve(file.getFileName().toString()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  /** What a folder holds. */
  static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static final class Deleter extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
      // gone meanwhile: a daemon that stops deletes its own files
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
        throws IOException {
      Files.deleteIfExists(folder);
      return FileVisitResult.CONTINUE;
    }
  }
}
