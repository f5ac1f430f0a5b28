package io.jettison.uffd;

import com.sun.jna.Pointer;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A guest's memory, a file, mapped into this process. Nothing may be used once it is closed. Not
 * thread-safe.
 */
final class MappedRam implements AutoCloseable {
  private static final int WINDOW_SHIFT = 30; // a buffer holds less than 2 GiB
  private static final long WINDOW_BYTES = 1L << WINDOW_SHIFT;

  private final long address;
  private final long bytes;
  private final ByteBuffer[] windows;

  private MappedRam(long address, long bytes) {
    this.address = address;
    this.bytes = bytes;
    this.windows = new ByteBuffer[(int) ((bytes + WINDOW_BYTES - 1) >> WINDOW_SHIFT)];
    for (int i = 0; i < windows.length; i++) {
      long at = (long) i << WINDOW_SHIFT;
      windows[i] = new Pointer(address + at).getByteBuffer(0, Math.min(WINDOW_BYTES, bytes - at));
    }
  }

  /**
   * Maps a file.
   *
   * @throws IOException if it cannot be mapped, or is shorter
   */
  static MappedRam of(Path file, long bytes) throws IOException {
    if (Files.size(file) < bytes) {
      throw new IOException(file + " is shorter than " + bytes + " bytes");
    }
    int fd = Linux.open(file.toString(), Linux.O_RDWR | Linux.O_CLOEXEC);
    if (fd < 0) {
      throw Linux.failure("cannot open " + file);
    }
    try {
      long address = Linux.mmap(0, bytes, Linux.PROT_READ_WRITE, Linux.MAP_SHARED, fd, 0);
      if (address == -1) {
        throw Linux.failure("cannot map " + file);
      }
      return new MappedRam(address, bytes);
    } finally {
      Linux.close(fd);
    }
  }

  /**
   * Gives pages memory, if they have none, and maps them; their contents stay.
   *
   * @throws IOException if there is no memory, or the kernel cannot (before Linux 5.14)
   */
  void populate(long first, long count) throws IOException {
    long at = address + Pages.offset(first);
    if (Linux.madvise(at, Pages.offset(count), Linux.MADV_POPULATE_WRITE) != 0) {
      throw Linux.failure("cannot populate pages");
    }
  }

  /** Copies contents, from position to limit, into pages that were populated. */
  void put(long pfn, ByteBuffer from) {
    for (long at = Pages.offset(pfn); from.hasRemaining(); ) {
      ByteBuffer window = windows[(int) (at >> WINDOW_SHIFT)];
      int within = (int) (at & (WINDOW_BYTES - 1));
      int length = Math.min(from.remaining(), window.capacity() - within);
      window.put(within, from, from.position(), length);
      from.position(from.position() + length);
      at += length;
    }
  }

  @Override
  public void close() {
    Linux.munmap(address, bytes);
  }
}
