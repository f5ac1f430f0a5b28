package io.jettison.cownetdisk.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Makes folders, and replaces files whole. */
final class Durable {
  private Durable() {}

  /**
   * Puts a file with these contents in the place of any before, whole or not at all.
   *
   * @param sync whether it is to survive a power failure once this returns
   */
  static void replace(Path file, ByteBuffer contents, boolean sync) throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      while (contents.hasRemaining()) {
        channel.write(contents);
      }
      if (sync) {
        channel.force(true);
      }
    }
    Files.move(
        unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    if (sync) {
      syncFolder(parent(file)); // else the name may still be that of the file before
    }
  }

  /** Creates a folder where there is none; it survives a power failure once this returns. */
  static void createFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Path parent = parent(folder);
      createFolder(parent);
      Files.createDirectories(folder);
      syncFolder(parent);
    }
  }

  private static void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static Path parent(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IOException(file + " is in no folder");
    }
    return parent;
  }
}
