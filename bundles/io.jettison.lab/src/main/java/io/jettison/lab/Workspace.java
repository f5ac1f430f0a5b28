package io.jettison.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/**
 * The folders of one run: on a disk, and for guest memory in RAM. Named after the run, so that a
 * later lab can tell whose they are.
 */
public final class Workspace {
  private static final Path DISKS = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
  private static final Path MEMORIES = Path.of("/dev/shm");

  /** What the folder of a run is renamed to when it is left behind on purpose. */
  private static final String KEPT = "kept-";

  private final Path disk;
  private final Path memory;
  private volatile boolean keep;

  private Workspace(Path disk, Path memory) {
    this.disk = disk;
    this.memory = memory;
  }

  /** Makes the folders of a run. */
  public static Workspace create(LabId id, Cleanup cleanup) throws LabException {
    Workspace workspace =
        new Workspace(DISKS.resolve(id.toString()), MEMORIES.resolve(id.toString()));
    cleanup.add(workspace::leave);
    try {
      Files.createDirectory(workspace.disk);
      Files.createDirectory(workspace.memory);
    } catch (IOException e) {
      throw new LabException("cannot create the lab's folders", e);
    }
    return workspace;
  }

  /** Deletes folders, namespaces and processes of labs that died without cleaning up. */
  public static void deleteLeftovers() throws LabException {
    Predicate<LabId> dead = id -> !id.alive();
    Processes.kill(Processes.of(dead));
    for (String name : Namespaces.names()) {
      var id = LabId.in(name).filter(dead);
      if (id.isPresent()) {
        Namespaces.remove(id.get());
      }
    }
    for (Path parent : List.of(DISKS, MEMORIES)) {
      for (Path folder : labFolders(parent)) {
        if (LabId.in(folder.getFileName().toString()).filter(dead).isPresent()) {
          Folders.delete(folder);
        }
      }
    }
  }

  /** Configuration, state and logs. */
  public Path disk() {
    return disk;
  }

  /** Guest memory. */
  public Path memory() {
    return memory;
  }

  /**
   * Has the disk folder left behind when the lab ends.
   *
   * @return where it will be: no later lab takes it for a leftover
   */
  public Path keep() {
    keep = true;
    return kept();
  }

  private Path kept() {
    return disk.resolveSibling(KEPT + disk.getFileName());
  }

  private void leave() throws LabException {
    Folders.delete(memory);
    if (keep) {
      try {
        Files.move(disk, kept());
      } catch (IOException e) {
        throw new LabException("cannot keep " + disk, e);
      }
    } else {
      Folders.delete(disk);
    }
  }

  private static List<Path> labFolders(Path parent) throws LabException {
    try {
      return Files.isDirectory(parent) ? Folders.list(parent) : List.of();
    } catch (IOException e) {
      throw new LabException("cannot list " + parent, e);
    }
  }
}
