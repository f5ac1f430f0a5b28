package io.jettison.uffd;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A residual that is a file whose byte offsets are guest page numbers times the page size. */
public final class FileResidual implements Residual {
  private static final Logger LOG = LoggerFactory.getLogger(FileResidual.class);

  private final MemoryMap map;
  private final SparseFile file;

  /**
   * Opens it read-only.
   *
   * @throws IOException if it is not there
   */
  public FileResidual(Path ram, MemoryMap map) throws IOException {
    this.map = map;
    this.file = new SparseFile(ram);
  }

  @Override
  public MemoryMap map() {
    return map;
  }

  @Override
  public PageSet populated() throws IOException {
    return file.populated();
  }

  @Override
  public void read(long pfn, ByteBuffer into) throws IOException {
    if (!map.contains(pfn, into.remaining() / Pages.SIZE)) {
      throw new IOException("the guest has no pages from " + pfn + " on");
    }
    file.read(pfn, into);
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
