package io.jettison.uffd;

import com.sun.jna.Memory;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Which pages of a process's mapping were written since they were write-protected: the PAGEMAP_SCAN
 * ioctl of Linux 6.7 (Documentation/admin-guide/mm/pagemap.rst). Thread-safe.
 */
final class PagemapScan implements AutoCloseable {
  private static final long PAGEMAP_SCAN = 0xc0606610L;
  private static final long WP_MATCHING = 1;
  private static final long CHECK_WPASYNC = 2;
  private static final long WRITTEN = 1 << 1;
  private static final long PRESENT = 1 << 3;
  private static final long SWAPPED = 1 << 4;

  private static final int ARGUMENT_BYTES = 96;
  private static final int REGION_BYTES = 24;
  private static final int REGIONS = 4096;

  private final int descriptor;
  private final long address;
  private final long length;
  private final long firstPfn;
  private final Memory argumentMemory = new Memory(ARGUMENT_BYTES);
  private final ByteBuffer argument = view(argumentMemory);
  private final Memory regionMemory = new Memory((long) REGION_BYTES * REGIONS);
  private final ByteBuffer regions = view(regionMemory);
  private boolean closed;

  PagemapScan(long pid, long address, long length, long firstPfn) throws IOException {
    this.address = address;
    this.length = length;
    this.firstPfn = firstPfn;
    descriptor = Linux.open("/proc/" + pid + "/pagemap", Linux.O_RDONLY | Linux.O_CLOEXEC);
    if (descriptor < 0) {
      throw Linux.failure("cannot open the page map of process " + pid);
    }
  }

  private static ByteBuffer view(Memory memory) {
    return memory.getByteBuffer(0, memory.size()).order(ByteOrder.nativeOrder());
  }

  /**
   * Pages written, which are protected anew in the same step.
   *
   * @return how many pages the process has mapped; a page it does not may have been written too
   */
  synchronized long takeWritten(PageSet written) throws IOException {
    return scan(
        WP_MATCHING | CHECK_WPASYNC,
        0,
        0,
        PRESENT | SWAPPED,
        (first, count, categories) -> {
          if ((categories & WRITTEN) != 0) {
            written.add(first, count);
          }
        });
  }

  /**
   * Pages that are protected still. A page that is in memory and not among these was written, also
   * if the kernel has dropped its mapping since.
   */
  synchronized PageSet unwritten() throws IOException {
    PageSet found = new PageSet();
    scan(
        CHECK_WPASYNC,
        WRITTEN,
        WRITTEN,
        PRESENT | SWAPPED,
        (first, count, categories) -> found.add(first, count));
    return found;
  }

  /** Takes pages of the same kind that follow each other. */
  @FunctionalInterface
  private interface RegionVisitor {
    void region(long first, long count, long categories);
  }

  /** Visits all that match; returns how many pages do. */
  private long scan(long flags, long inverted, long mask, long anyOf, RegionVisitor visitor)
      throws IOException {
    if (closed) {
      throw new IOException("the memory was detached");
    }
    long pages = 0;
    long start = address;
    long end = address + length;
    while (start < end) {
      argument.clear();
      argument.putLong(ARGUMENT_BYTES).putLong(flags).putLong(start).putLong(end).putLong(0);
      argument.putLong(com.sun.jna.Pointer.nativeValue(regionMemory)).putLong(REGIONS).putLong(0);
      argument.putLong(inverted).putLong(mask).putLong(anyOf).putLong(WRITTEN | PRESENT | SWAPPED);
      int count =
          Linux.ioctl(descriptor, PAGEMAP_SCAN, com.sun.jna.Pointer.nativeValue(argumentMemory));
      if (count < 0) {
        throw Linux.failure("cannot scan the page map");
      }
      for (int i = 0; i < count; i++) {
        long from = regions.getLong(REGION_BYTES * i);
        long to = regions.getLong(REGION_BYTES * i + Long.BYTES);
        long matching = (to - from) >> Pages.SHIFT;
        long categories = regions.getLong(REGION_BYTES * i + 2 * Long.BYTES);
        visitor.region(firstPfn + ((from - address) >> Pages.SHIFT), matching, categories);
        pages += matching;
      }
      // with room left over, all was scanned; walk_end is then not to be relied on
      start = count < REGIONS ? end : argument.getLong(4 * Long.BYTES);
    }
    return pages;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Linux.close(descriptor);
    }
  }
}
