package io.jettison.uffd;

import io.jettison.api.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** The shim as a file that a VMM can preload. */
public final class Shim {
  private static final String RESOURCE = "/linux-x86-64/libjettison-shim.so";

  private final Path library;

  /**
   * Puts the shim into a folder.
   *
   * @param folder on a file system from which programs may be executed; created if need be
   * @throws IOException if it cannot be written
   */
  public Shim(Path folder) throws IOException {
    library = extract(Shim.class, RESOURCE, folder);
  }

  /**
   * Puts a program or library that lies in a bundle into a folder, whole or not at all.
   *
   * @param owner a class of the bundle
   * @throws IOException if it is not in the bundle or cannot be written
   */
  public static Path extract(Class<?> owner, String resource, Path folder) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve(resource.substring(resource.lastIndexOf('/') + 1));
    try (InputStream in = owner.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException(resource + " is missing in its bundle: build native/ first");
      }
      Path temporary = Files.createTempFile(folder, "extract", ".new");
      Files.copy(in, temporary, StandardCopyOption.REPLACE_EXISTING);
      Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
      // a VMM that runs keeps the file it has
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    }
    return file;
  }

  /** What a VMM needs in its environment. */
  public Map<String, String> environment(Path ram, Path note) {
    return Map.of(
        "LD_PRELOAD", library.toString(),
        "JETTISON_RAM", ram.toString(),
        "JETTISON_NOTE", note.toString());
  }

  /**
   * Takes over the memory a shim registered.
   *
   * @param note where it says so
   * @param ram the file the guest's memory is in
   */
  static Outcome<UffdMemory> take(Path note, Path ram) {
    return ShimNote.read(note)
        .then(
            found -> {
              try {
                return Outcome.done(new UffdMemory(found, ram));
              } catch (IOException e) {
                return Outcome.refused(
                    "the VMM's userfaultfd cannot be taken: " + e.getMessage(),
                    "run jettisond as the user the VMM runs as, or as root");
              }
            });
  }
}
