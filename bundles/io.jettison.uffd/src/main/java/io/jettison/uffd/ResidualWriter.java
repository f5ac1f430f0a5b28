package io.jettison.uffd;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes changed pages into a residual that is a file. Opens it only when there is one to write.
 */
final class ResidualWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ResidualWriter.class);

  private final Path ram;
  private final MemoryMap map;
  private FileChannel file;
  private boolean writable;

  /**
   * For the residual in this file.
   *
   * @throws IOException if it cannot be opened
   */
  ResidualWriter(Path ram, MemoryMap map) throws IOException {
    this.ram = ram;
    this.map = map;
    this.file = FileChannel.open(ram, StandardOpenOption.READ);
  }

  /**
   * Writes pages, from position to limit.
   *
   * @throws IOException if the guest does not have them or they cannot be written
   */
  void write(long pfn, ByteBuffer pages) throws IOException {
    if (!map.contains(pfn, pages.remaining() / Pages.SIZE)) {
      throw new IOException("the guest has no pages from " + pfn + " on");
    }
    if (!writable) {
      file.close();
      file = FileChannel.open(ram, StandardOpenOption.WRITE);
      writable = true;
    }
    for (long at = Pages.offset(pfn); pages.hasRemaining(); ) {
      at += file.write(pages, at);
    }
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      LOG.warn("a residual did not close", e);
    }
  }
}
