package io.jettison.disksrv.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.sun.jna.Native;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A disk's bytes in a file or on a block device. Thread-safe. */
final class RawFile implements AutoCloseable {
  private static final int TYPE = 0xf000;
  private static final int REGULAR = 0x8000;
  private static final int BLOCK_DEVICE = 0x6000;
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(1 << 20).asReadOnlyBuffer();

  private final FileChannel channel;
  private final long bytes;

  @GuardedBy("this")
  private final int descriptor;

  @GuardedBy("this")
  private boolean closed;

  RawFile(Path path, boolean writable) throws IOException {
    check(path);
    channel =
        writable
            ? FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)
            : FileChannel.open(path, StandardOpenOption.READ);
    int access = writable ? Linux.O_RDWR : Linux.O_RDONLY;
    descriptor = Linux.open(path.toString(), access | Linux.O_CLOEXEC);
    if (descriptor < 0) {
      IOException failure = Linux.failure("cannot open " + path);
      channel.close();
      throw failure;
    }
    bytes = channel.size();
  }

  /** To open a pipe would wait for its other end. */
  private static void check(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    int type = (int) Files.getAttribute(path, "unix:mode") & TYPE;
    if (type != REGULAR && type != BLOCK_DEVICE) {
      throw new IOException(path + " is neither a file nor a block device");
    }
  }

  long bytes() {
    return bytes;
  }

  /** How it begins. */
  byte[] header() throws IOException {
    ByteBuffer begin = ByteBuffer.allocate(ForeignFormat.HEADER_BYTES);
    int length = 0;
    while (begin.hasRemaining() && length >= 0) {
      length = channel.read(begin, begin.position());
    }
    return begin.array();
  }

  synchronized PageSet allocated() throws IOException {
    ensureOpen();
    PageSet blocks = new PageSet();
    long data = Linux.lseek(descriptor, 0, Linux.SEEK_DATA);
    while (data >= 0) {
      long hole = Linux.lseek(descriptor, data, Linux.SEEK_HOLE);
      if (hole < 0) {
        throw Linux.failure("cannot find a hole");
      }
      long first = data >> Pages.SHIFT;
      blocks.add(first, Pages.holding(hole) - first);
      data = Linux.lseek(descriptor, hole, Linux.SEEK_DATA);
    }
    if (Native.getLastError() == Linux.EINVAL) { // a block device does not tell
      blocks.add(0, Pages.holding(bytes));
    } else if (Native.getLastError() != Linux.ENXIO) {
      throw Linux.failure("cannot find data");
    }
    return blocks;
  }

  void read(long block, ByteBuffer into) throws IOException {
    Span span = Span.ofBytes(bytes, block, into.remaining());
    int end = into.limit();
    into.limit(into.position() + (int) span.length());
    for (long at = span.offset(); into.hasRemaining(); ) {
      int length = channel.read(into, at);
      if (length < 0) {
        throw new IOException("the image became shorter: it ends at " + at);
      }
      at += length;
    }
    into.limit(end);
    while (into.hasRemaining()) {
      into.put((byte) 0);
    }
  }

  void write(long block, ByteBuffer from) throws IOException {
    Span span = Span.ofBytes(bytes, block, from.remaining());
    int end = from.limit();
    from.limit(from.position() + (int) span.length());
    writeBytes(span.offset(), from);
    from.limit(end).position(end);
  }

  private void writeBytes(long offset, ByteBuffer from) throws IOException {
    for (long at = offset; from.hasRemaining(); ) {
      at += channel.write(from, at);
    }
  }

  void zero(long block, long count) throws IOException {
    Span span = Span.of(bytes, block, count);
    if (span.length() == 0 || punch(span)) {
      return;
    }
    long end = span.offset() + span.length();
    for (long at = span.offset(); at < end; ) {
      int length = (int) Math.min(end - at, ZEROS.capacity());
      writeBytes(at, ZEROS.duplicate().limit(length));
      at += length;
    }
  }

  /** Returns false where holes cannot be made. */
  private synchronized boolean punch(Span span) throws IOException {
    ensureOpen();
    int mode = Linux.FALLOC_FL_PUNCH_HOLE | Linux.FALLOC_FL_KEEP_SIZE;
    while (Linux.fallocate(descriptor, mode, span.offset(), span.length()) < 0) {
      switch (Native.getLastError()) {
        case Linux.EINTR -> {}
        case Linux.EOPNOTSUPP, Linux.ENOSYS, Linux.EINVAL -> {
          return false;
        }
        default -> throw Linux.failure("cannot make a hole");
      }
    }
    return true;
  }

  void sync() throws IOException {
    channel.force(false);
  }

  private synchronized void ensureOpen() throws IOException {
    if (closed) {
      throw new IOException("the image is closed");
    }
  }

  /** Waits for what uses the descriptor: its number may be another file's afterwards. */
  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      Linux.close(descriptor);
      channel.close();
    }
  }
}
