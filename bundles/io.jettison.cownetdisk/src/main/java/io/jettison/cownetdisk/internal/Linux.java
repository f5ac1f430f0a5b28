package io.jettison.cownetdisk.internal;

import com.sun.jna.Native;
import java.io.IOException;

/** System calls; a result of -1 leaves the reason in {@link Native#getLastError()}. */
final class Linux {
  static final int O_RDWR = 2;
  static final int O_CLOEXEC = 0x80000;
  static final int FALLOC_FL_KEEP_SIZE = 1;
  static final int FALLOC_FL_PUNCH_HOLE = 2;
  static final int EINTR = 4;
  static final int EOPNOTSUPP = 95;

  static {
    Native.register(Linux.class, "c");
  }

  private Linux() {}

  static native int open(String path, int flags);

  static native int close(int fd);

  static native int fallocate(int fd, int mode, long offset, long length);

  static native String strerror(int error);

  /** What a failed call says, as an exception. */
  static IOException failure(String what) {
    return new IOException(what + ": " + strerror(Native.getLastError()));
  }
}
