package io.jettison.uffd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes changed pages into a residual that is a file. Opens it for that only when there is one to
 * write. Pages that were expected are mapped by then, and only copied. Thread-safe.
 */
final class ResidualWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ResidualWriter.class);

  private final Path ram;
  private final MemoryMap map;

  @GuardedBy("this")
  private FileChannel file;

  @GuardedBy("this")
  private boolean writable;

  @GuardedBy("this")
  private @Nullable MappedRam mapped;

  @GuardedBy("this")
  private boolean mayMap = true;

  /**
   * Pages that have memory in the mapping: to write any other by it kills the process if there is
   * none.
   */
  @GuardedBy("this")
  private final PageSet ready = new PageSet();

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
   * Makes ready to write pages; they can be written without that, too. Their contents stay, but a
   * hole becomes zeros that take memory.
   */
  synchronized void expect(long first, long count) {
    if (!mayMap || !map.contains(first, count)) {
      return;
    }
    long end = first + count;
    try {
      for (long at = first; at < end; ) {
        boolean fresh = !ready.contains(at);
        long next = endOfRun(at, end);
        if (fresh) {
          ground().populate(at, next - at);
          ready.add(at, next - at);
        }
        at = next;
      }
    } catch (IOException e) {
      mayMap = false;
      LOG.debug("what comes home is written, not copied", e);
    }
  }

  @GuardedBy("this")
  private MappedRam ground() throws IOException {
    MappedRam ground = mapped;
    if (ground == null) {
      ground = MappedRam.of(ram, Pages.offset(map.end()));
      mapped = ground;
    }
    return ground;
  }

  /** Where pages end that are all ready, or none of which is. */
  @GuardedBy("this")
  private long endOfRun(long from, long end) {
    long next = ready.contains(from) ? ready.nextAbsent(from) : ready.next(from);
    return next < 0 ? end : Math.min(next, end);
  }

  /**
   * Writes pages, from position to limit.
   *
   * @throws IOException if the guest does not have them or they cannot be written
   */
  synchronized void write(long pfn, ByteBuffer pages) throws IOException {
    long end = pfn + pages.remaining() / Pages.SIZE;
    if (!map.contains(pfn, end - pfn)) {
      throw new IOException("the guest has no pages from " + pfn + " on");
    }
    MappedRam ground = mapped;
    if (ground == null) {
      writeTo(pfn, pages);
      return;
    }
    int limit = pages.limit();
    for (long at = pfn; at < end; ) {
      long next = endOfRun(at, end);
      pages.limit(pages.position() + (int) Pages.offset(next - at));
      if (ready.contains(at)) {
        ground.put(at, pages);
      } else {
        writeTo(at, pages);
      }
      pages.limit(limit);
      at = next;
    }
  }

  @GuardedBy("this")
  private void writeTo(long pfn, ByteBuffer pages) throws IOException {
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
  public synchronized void close() {
    mayMap = false;
    if (mapped != null) {
      mapped.close();
      mapped = null;
    }
    try {
      file.close();
    } catch (IOException e) {
      LOG.warn("a residual did not close", e);
    }
  }
}
