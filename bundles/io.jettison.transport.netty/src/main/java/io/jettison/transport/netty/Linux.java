package io.jettison.transport.netty;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;

/** System calls. */
final class Linux {
  private static final int F_DUPFD_CLOEXEC = 1030;

  static {
    Native.register(Linux.class, "c");
  }

  private Linux() {}

  private static native int fcntl(int fd, int command, int argument) throws LastErrorException;

  /**
   * Another descriptor of the same file.
   *
   * @throws IllegalStateException if there is none
   */
  static int duplicate(int fd) {
    try {
      return fcntl(fd, F_DUPFD_CLOEXEC, 0);
    } catch (LastErrorException e) {
      throw new IllegalStateException("descriptor " + fd + " cannot be duplicated", e);
    }
  }
}
