package io.jettison.uffd;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Guest memory in a file on tmpfs: holes are pages that nobody ever gave contents. Thread-safe. */
final class SparseFile implements AutoCloseable {
  private static final int STAT_BYTES = 256; // struct statx of statx(2)
  private static final int STAT_BLOCKS_AT = 48;
  private static final int STAT_BLOCK_BYTES = 512;

  private final Memory statMemory = new Memory(STAT_BYTES);
  private final FileChannel channel;
  private final int descriptor;
  private boolean closed;

  SparseFile(Path path) throws IOException {
    channel = FileChannel.open(path, StandardOpenOption.READ);
    descriptor = Linux.open(path.toString(), Linux.O_RDONLY | Linux.O_CLOEXEC);
    if (descriptor < 0) {
      channel.close();
      throw Linux.failure("cannot open " + path);
    }
  }

  /** Pages that are not holes. Takes time for each run of them, not for each page of the guest. */
  synchronized PageSet populated() throws IOException {
    check();
    PageSet pages = new PageSet();
    long data = Linux.lseek(descriptor, 0, Linux.SEEK_DATA);
    while (data >= 0) {
      long hole = Linux.lseek(descriptor, data, Linux.SEEK_HOLE);
      if (hole < 0) {
        throw Linux.failure("cannot find a hole");
      }
      long first = data >> Pages.SHIFT;
      pages.add(first, Pages.holding(hole) - first);
      data = Linux.lseek(descriptor, hole, Linux.SEEK_DATA);
    }
    if (Native.getLastError() != Linux.ENXIO) {
      throw Linux.failure("cannot find data");
    }
    return pages;
  }

  /** How many pages are not holes. */
  synchronized long populatedPages() throws IOException {
    check();
    int result =
        Linux.statx(
            descriptor,
            "",
            Linux.AT_EMPTY_PATH,
            Linux.STATX_BLOCKS,
            com.sun.jna.Pointer.nativeValue(statMemory));
    if (result < 0) {
      throw Linux.failure("cannot examine a memory file");
    }
    return statMemory.getLong(STAT_BLOCKS_AT) / (Pages.SIZE / STAT_BLOCK_BYTES);
  }

  /** Reads pages, by pread: reading a mapping would fill its holes. */
  void read(long pfn, ByteBuffer into) throws IOException {
    for (long at = Pages.offset(pfn); into.hasRemaining(); ) {
      int length = channel.read(into, at);
      if (length < 0) {
        throw new IOException("page " + (at >> Pages.SHIFT) + " is beyond the end of memory");
      }
      at += length;
    }
  }

  // the number of a descriptor that is closed may be another file's at once
  private void check() throws IOException {
    if (closed) {
      throw new IOException("the memory file is closed");
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      Linux.close(descriptor);
      channel.close();
    }
  }
}
