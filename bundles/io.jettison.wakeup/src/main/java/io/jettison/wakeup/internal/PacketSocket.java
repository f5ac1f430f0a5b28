package io.jettison.wakeup.internal;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A socket for raw Ethernet frames (packet(7)). Not thread-safe. */
final class PacketSocket implements AutoCloseable {
  /** This user may not. */
  static final class NotPermittedException extends IOException {
    private static final long serialVersionUID = 1L;

    NotPermittedException(String message) {
      super(message);
    }
  }

  private static final class Linux {
    static {
      Native.register(Linux.class, "c");
    }

    private Linux() {}

    static native int socket(int domain, int type, int protocol);

    static native long sendto(
        int fd, byte[] frame, long length, int flags, Pointer address, int addressLength);

    static native int close(int fd);

    static native String strerror(int error);
  }

  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int EPERM = 1;
  private static final int EACCES = 13;

  // struct sockaddr_ll
  private static final int ADDRESS_BYTES = 20;
  private static final int PROTOCOL_AT = 2;
  private static final int INTERFACE_AT = 4;

  private final int fd;
  private final short type;

  private PacketSocket(int fd, short type) {
    this.fd = fd;
    this.type = type;
  }

  /**
   * Opens a socket for frames of a type.
   *
   * @throws NotPermittedException without CAP_NET_RAW
   */
  static PacketSocket open(int type) throws IOException {
    ByteBuffer big = ByteBuffer.allocate(Short.BYTES).putShort((short) type).flip();
    short network = big.order(ByteOrder.nativeOrder()).getShort();
    // a socket of protocol 0 receives nothing
    int fd = Linux.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      int error = Native.getLastError();
      String message = Linux.strerror(error);
      throw error == EPERM || error == EACCES
          ? new NotPermittedException(message)
          : new IOException(message);
    }
    return new PacketSocket(fd, network);
  }

  /** Sends a frame by the interface of this index. */
  void send(int card, byte[] frame) throws IOException {
    try (Memory address = new Memory(ADDRESS_BYTES)) {
      address.clear();
      address.setShort(0, (short) AF_PACKET);
      address.setShort(PROTOCOL_AT, type);
      address.setInt(INTERFACE_AT, card);
      if (Linux.sendto(fd, frame, frame.length, 0, address, ADDRESS_BYTES) < 0) {
        throw new IOException(Linux.strerror(Native.getLastError()));
      }
    }
  }

  @Override
  public void close() {
    int unused = Linux.close(fd);
  }
}
