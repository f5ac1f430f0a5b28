package io.jettison.disksrv.internal;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A Unix socket that reads and writes whole buffers. */
final class NbdSocket implements AutoCloseable {
  private final SocketChannel channel;

  /** Connects. */
  NbdSocket(Path socket) throws IOException {
    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Reads until the buffer is full. */
  void read(ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      if (channel.read(into) < 0) {
        throw new EOFException("the NBD server hung up");
      }
    }
  }

  /** Reads so many bytes; what comes in larger pieces than asked for here is not believed. */
  ByteBuffer read(int length, int most) throws IOException {
    if (length < 0 || length > most) {
      throw new IOException("the NBD server sends " + Integer.toUnsignedString(length) + " bytes");
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    read(bytes);
    return bytes.flip();
  }

  /** Writes all of the buffers. */
  void write(ByteBuffer... from) throws IOException {
    while (from[from.length - 1].hasRemaining()) {
      channel.write(from);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
