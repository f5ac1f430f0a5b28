package io.jettison.api.memory;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The memory a consolidated VM left on its desktop, opened read-only (Bila et al. 2015, §4: the
 * residual). Between hand-over and the commit of a return its contents do not change, though holes
 * may become zeros that take memory. Thread-safe.
 */
@ProviderType
public interface Residual extends AutoCloseable {
  /** Which pages there are. */
  MemoryMap map();

  /**
   * The pages that were ever given contents; all others read as zeros and need not travel. Cost is
   * proportional to the populated pages, not to the size of the guest.
   *
   * @throws IOException if the memory cannot be examined
   */
  PageSet populated() throws IOException;

  /**
   * Reads consecutive pages, from {@code into}'s position to its limit.
   *
   * @param pfn first page
   * @param into remaining bytes are a multiple of {@link Pages#SIZE}; its position moves to its
   *     limit
   * @throws IOException if the pages are outside the map or cannot be read
   */
  void read(long pfn, ByteBuffer into) throws IOException;

  @Override
  void close();
}
