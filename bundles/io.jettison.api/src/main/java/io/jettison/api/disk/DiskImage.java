package io.jettison.api.disk;

import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/** A disk that a consolidated VM left on its desktop, opened read-only. Thread-safe. */
@ConsumerType
public interface DiskImage extends AutoCloseable {
  /** Its size in bytes. */
  long bytes();

  /**
   * The blocks that may hold something else than zeros. Takes time for each run of them.
   *
   * @throws IOException if the image cannot be examined
   */
  PageSet allocated() throws IOException;

  /**
   * Reads consecutive blocks, from {@code into}'s position to its limit.
   *
   * @param block the first
   * @param into remaining bytes are a multiple of {@link Pages#SIZE}; its position moves to its
   *     limit
   * @throws IOException if the blocks are not on the disk or cannot be read
   */
  void read(long block, ByteBuffer into) throws IOException;

  @Override
  void close();
}
