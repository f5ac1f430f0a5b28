package io.jettison.uffd;

import com.sun.jna.Native;
import java.io.IOException;

/**
 * System calls. Mapped directly with primitive arguments, so that a call allocates nothing; a
 * result of -1 leaves the reason in {@link Native#getLastError()}.
 */
final class Linux {
  static final int EEXIST = 17;
  static final int EAGAIN = 11;
  static final int ENXIO = 6;
  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_CLOEXEC = 0x80000;
  static final int PROT_READ_WRITE = 3;
  static final int MAP_SHARED = 1;
  static final int MADV_POPULATE_WRITE = 23;
  static final int AT_EMPTY_PATH = 0x1000;
  static final int STATX_BLOCKS = 0x400;
  static final long SYS_PIDFD_OPEN = 434;
  static final long SYS_PIDFD_GETFD = 438;

  static {
    Native.register(Linux.class, "c");
  }

  private Linux() {}

  static native int ioctl(int fd, long request, long argument);

  static native long read(int fd, long buffer, long length);

  static native long lseek(int fd, long offset, int whence);

  static native int open(String path, int flags);

  static native int close(int fd);

  static native int statx(int folder, String path, int flags, int mask, long buffer);

  static native long mmap(
      long address, long length, int protection, int flags, int fd, long offset);

  static native int munmap(long address, long length);

  static native int madvise(long address, long length, int advice);

  static native long syscall(long number, long first, long second, long third);

  static native String strerror(int error);

  /** What a failed call says, as an exception. */
  static IOException failure(String what) {
    return new IOException(what + ": " + strerror(Native.getLastError()));
  }
}
