package io.jettison.uffd;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageRange;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.PagedMemory;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Guest memory registered with userfaultfd by a shim. The VMM holds the userfaultfd too, so that a
 * vCPU waits when this process dies.
 */
public final class UffdMemory implements PagedMemory, AutoCloseable {
  private static final long UFFDIO_WAKE = 0x8010aa02L;
  private static final long UFFDIO_COPY = 0xc028aa03L;
  private static final long COPY_MODE_WP = 2;
  private static final byte EVENT_PAGEFAULT = 0x12;
  private static final long FLAG_WRITE = 1;
  private static final int MESSAGE_BYTES = 32;
  private static final int MESSAGES = 64;
  private static final int FLAGS_AT = 8;
  private static final int ADDRESS_AT = 16;

  private final ShimNote note;
  private final MemoryMap map;
  private final long firstPfn;
  private final int descriptor;
  private final SparseFile file;
  private final @Nullable PagemapScan pagemap;

  // The fault thread's own. JNA frees a Memory when it is collected: keep both it and its view.
  private final Memory bounceMemory = new Memory(Pages.SIZE);
  private final Memory zeroMemory = new Memory(Pages.SIZE);
  private final Memory argumentMemory = new Memory(40);
  private final Memory messageMemory = new Memory((long) MESSAGE_BYTES * MESSAGES);
  private final ByteBuffer bounce = view(bounceMemory);
  private final ByteBuffer argument = view(argumentMemory);
  private final ByteBuffer messages = view(messageMemory);
  private final long bounceAddress = Pointer.nativeValue(bounceMemory);
  private final long zeroAddress = Pointer.nativeValue(zeroMemory);
  private final long argumentAddress = Pointer.nativeValue(argumentMemory);
  private final long messageAddress = Pointer.nativeValue(messageMemory);
  private volatile boolean closed;

  UffdMemory(ShimNote note, Path ram) throws IOException {
    this.note = note;
    this.firstPfn = note.offset() >> Pages.SHIFT;
    this.map = new MemoryMap(List.of(new PageRange(firstPfn, Pages.holding(note.length()))));
    zeroMemory.clear();
    descriptor = take(note);
    file = new SparseFile(ram);
    pagemap =
        note.tracksWrites()
            ? new PagemapScan(note.pid(), note.address(), note.length(), firstPfn)
            : null;
  }

  private static ByteBuffer view(Memory memory) {
    return memory.getByteBuffer(0, memory.size()).order(ByteOrder.nativeOrder());
  }

  private static int take(ShimNote note) throws IOException {
    int process = (int) Linux.syscall(Linux.SYS_PIDFD_OPEN, note.pid(), 0, 0);
    if (process < 0) {
      throw Linux.failure("cannot open process " + note.pid());
    }
    int taken = (int) Linux.syscall(Linux.SYS_PIDFD_GETFD, process, note.uffd(), 0);
    IOException failure = taken < 0 ? Linux.failure("pidfd_getfd") : null;
    Linux.close(process);
    if (failure != null) {
      throw failure;
    }
    return taken;
  }

  /** The VMM's process. */
  public long pid() {
    return note.pid();
  }

  @Override
  public MemoryMap map() {
    return map;
  }

  @Override
  public int descriptor() {
    return descriptor;
  }

  @Override
  public int drain(FaultSink sink) {
    int count = 0;
    for (; ; ) {
      long length =
          closed ? 0 : Linux.read(descriptor, messageAddress, (long) MESSAGE_BYTES * MESSAGES);
      if (length <= 0) {
        return count > 0 || closed || Native.getLastError() == Linux.EAGAIN ? count : -1;
      }
      for (int at = 0; at < length; at += MESSAGE_BYTES) {
        if (messages.get(at) == EVENT_PAGEFAULT) {
          long offset = messages.getLong(at + ADDRESS_AT) - note.address();
          boolean write = (messages.getLong(at + FLAGS_AT) & FLAG_WRITE) != 0;
          sink.fault(firstPfn + (offset >> Pages.SHIFT), write);
          count++;
        }
      }
      if (length < (long) MESSAGE_BYTES * MESSAGES) {
        return count;
      }
    }
  }

  @Override
  public Installed install(long pfn, ByteBuffer source, int at) {
    bounce.put(0, source, at, Pages.SIZE);
    return copy(pfn, bounceAddress);
  }

  @Override
  public Installed installZero(long pfn) {
    return copy(pfn, zeroAddress);
  }

  private Installed copy(long pfn, long from) {
    if (!map.contains(pfn)) {
      throw new IllegalArgumentException("the guest has no page " + pfn);
    }
    long to = note.address() + Pages.offset(pfn - firstPfn);
    argument.putLong(0, to).putLong(8, from).putLong(16, Pages.SIZE);
    argument.putLong(24, note.tracksWrites() ? COPY_MODE_WP : 0).putLong(32, 0);
    if (Linux.ioctl(descriptor, UFFDIO_COPY, argumentAddress) == 0) {
      return Installed.INSTALLED;
    }
    return switch (Native.getLastError()) {
      case Linux.EEXIST -> {
        wake(to, Pages.SIZE);
        yield Installed.PRESENT;
      }
      case Linux.EAGAIN -> Installed.AGAIN;
      default -> Installed.GONE;
    };
  }

  private void wake(long address, long length) {
    argument.putLong(0, address).putLong(8, length);
    Linux.ioctl(descriptor, UFFDIO_WAKE, argumentAddress);
  }

  @Override
  public void retry() {
    wake(note.address(), note.length());
  }

  @Override
  public PageSet resident() throws IOException {
    return file.populated();
  }

  @Override
  public long residentPages() throws IOException {
    return file.populatedPages();
  }

  @Override
  public PageSet dirty() throws IOException {
    PageSet pages = resident();
    if (pagemap != null) {
      pages.removeAll(pagemap.unwritten());
    }
    return pages;
  }

  @Override
  public PageSet harvest() throws IOException {
    if (pagemap == null) {
      return resident();
    }
    PageSet written = new PageSet();
    if (pagemap.takeWritten(written) != file.populatedPages()) {
      // what the kernel unmapped after it was written is not reported as written, nor as unwritten
      written.addAll(dirty());
    }
    return written;
  }

  @Override
  public boolean tracksWrites() {
    return pagemap != null;
  }

  @Override
  public void read(long pfn, ByteBuffer into) throws IOException {
    if (!map.contains(pfn, into.remaining() / Pages.SIZE)) {
      throw new IOException("the guest has no pages from " + pfn + " on");
    }
    file.read(pfn, into);
  }

  /** Lets go of the memory; what waits for a page waits on. Its fault service must have ended. */
  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      Linux.close(descriptor);
      if (pagemap != null) {
        pagemap.close();
      }
      file.close();
    }
  }
}
