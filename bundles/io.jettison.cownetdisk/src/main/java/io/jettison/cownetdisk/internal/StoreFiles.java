package io.jettison.cownetdisk.internal;

import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of a disk, found again or made. */
final class StoreFiles implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StoreFiles.class);

  /** Where they are. */
  record Places(Path fetched, Path dirty, Path journal, Path map) {
    static Places of(Path slices, Path live, String disk) {
      return new Places(
          slices.resolve(disk + ".fetched"),
          slices.resolve(disk + ".dirty"),
          slices.resolve(disk + ".journal"),
          live.resolve(disk + ".map"));
    }

    void delete() throws IOException {
      Files.deleteIfExists(map); // first: it is what the others are believed by
      Files.deleteIfExists(journal);
      Files.deleteIfExists(dirty);
      Files.deleteIfExists(fetched);
    }
  }

  final SliceFile fetched;
  final SliceFile dirty;
  final Journal journal;
  final LiveMap map;

  private StoreFiles(SliceFile fetched, SliceFile dirty, Journal journal, LiveMap map) {
    this.fetched = fetched;
    this.dirty = dirty;
    this.journal = journal;
    this.map = map;
  }

  /**
   * Opens those of a stay. In the boot they were used in the map tells all; in another, the journal
   * alone, and what was fetched is fetched again. Those of another stay or size are discarded.
   */
  static StoreFiles open(Places at, long bytes, long epoch, String boot) throws IOException {
    LiveMap map = LiveMap.find(at.map(), bytes, epoch, boot);
    Journal journal = Journal.find(at.journal(), bytes, epoch);
    if (map == null && journal == null) {
      at.delete();
    }
    if (map == null) {
      Files.deleteIfExists(at.fetched());
    } else {
      check(at.fetched());
    }
    if (map != null || journal != null) {
      check(at.dirty());
    }
    long whole = Pages.offset(Pages.holding(bytes));
    SliceFile fetched = new SliceFile(at.fetched(), whole);
    SliceFile dirty = new SliceFile(at.dirty(), whole);
    if (journal == null) {
      journal = Journal.create(at.journal(), bytes, epoch, new PageSet());
    }
    if (map == null) {
      PageSet kept = journal.blocks();
      map = LiveMap.create(at.map(), bytes, epoch, boot, kept);
      if (!kept.isEmpty()) {
        LOG.info("{} blocks of {} survived", kept.size(), at.dirty());
      }
    }
    return new StoreFiles(fetched, dirty, journal, map);
  }

  /** A slice that is gone would read as zeros. */
  private static void check(Path slice) throws IOException {
    if (!Files.exists(slice)) {
      throw new IOException(slice + " is missing, and with it what the VM wrote or has fetched");
    }
  }

  @Override
  public void close() throws IOException {
    try (fetched;
        dirty;
        journal;
        map) {
      LOG.debug("closed");
    }
  }
}
