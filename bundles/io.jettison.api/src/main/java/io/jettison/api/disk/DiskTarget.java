package io.jettison.api.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A disk that blocks changed elsewhere are written to. Writing the same again changes nothing. Not
 * thread-safe.
 */
@ConsumerType
public interface DiskTarget extends AutoCloseable {
  /**
   * Writes consecutive blocks, from {@code from}'s position to its limit.
   *
   * @param block the first
   * @throws IOException if they are not on the disk or cannot be written
   */
  void write(long block, ByteBuffer from) throws IOException;

  /**
   * Makes consecutive blocks read as zeros, and frees what they took where that can be done.
   *
   * @param block the first
   * @throws IOException if they are not on the disk or cannot be written
   */
  void zero(long block, long count) throws IOException;

  /**
   * Returns once all that was written survives a power failure.
   *
   * @throws IOException if that is not sure
   */
  void sync() throws IOException;

  @Override
  void close() throws IOException;
}
