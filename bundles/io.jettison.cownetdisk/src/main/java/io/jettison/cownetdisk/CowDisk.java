package io.jettison.cownetdisk;

import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A disk of a partial VM, for one stay. Thread-safe. Once closed, all but {@link #counters}, {@link
 * #discard} and {@link #close} throw {@link IllegalStateException}.
 */
@ProviderType
public interface CowDisk extends AutoCloseable {
  /**
   * Says which blocks may have had contents at hand-over; every other block is zero and is not
   * fetched.
   */
  void allocated(PageSet blocks);

  /** The blocks written in this stay. */
  PageSet dirty();

  /**
   * The blocks written since the last harvest, and atomically begins anew: a block written after
   * this call is in the next set. All that are dirty when the disk is opened are in the first.
   */
  PageSet harvest();

  /** The blocks that are here: fetched, {@linkplain #put put} or written. */
  PageSet present();

  /**
   * Reads consecutive blocks that are here.
   *
   * @param into remaining bytes are a multiple of {@link Pages#SIZE}; its position moves to its
   *     limit; none of it lies behind the disk's end
   * @throws IOException if a block is not here or cannot be read
   */
  void readPresent(long block, ByteBuffer into) throws IOException;

  /**
   * Takes consecutive blocks as they were at hand-over, which came another way than by the block
   * link. Those that are not missing are ignored.
   *
   * @param contents whole blocks from its position on, which moves to its limit
   * @throws IOException if they cannot be stored
   */
  void put(long block, ByteBuffer contents) throws IOException;

  /**
   * Reads consecutive dirty blocks. One that is being written meanwhile may be half the one and
   * half the other; it is in the next {@link #harvest}.
   *
   * @param into remaining bytes are a multiple of {@link Pages#SIZE}; its position moves to its
   *     limit
   * @throws IOException if a block is not dirty or cannot be read
   */
  void read(long block, ByteBuffer into) throws IOException;

  /**
   * Returns once all that was written before survives a power failure.
   *
   * @throws IOException if that is not sure
   */
  void sync() throws IOException;

  /** The blocks that would have to be fetched to be read. */
  PageSet missing();

  /**
   * Fetches blocks that nobody waits for, as far as they are missing. They take part of the link
   * from those somebody waits for: ask for few at a time.
   *
   * @return completes when all of them are here; fails when the block link is lost, or if there is
   *     none
   */
  CompletionStage<Void> fetch(PageSet blocks);

  /** Counters so far. */
  DiskCounters counters();

  /** Whether a block link is open. */
  boolean linked();

  /** Ends the service of a stay that is over, and removes the slices. */
  void discard();

  /** Ends the service; the slices stay, to be opened again. Idempotent. */
  @Override
  void close();
}
