package io.jettison.power.linux.internal;

import io.jettison.wire.wake.WakePacketCodec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.Optional;

/**
 * The UDP port wake packets are sent to. A network card keeps the packet that wakes the PC to
 * itself on Linux; but who sent it sends it again until it is answered, and so says soon enough
 * what the PC was woken for.
 */
final class Port implements AutoCloseable {
  private static final int MOST_BYTES = 2048;

  private final DatagramChannel channel;
  private final Selector selector;

  /**
   * Opens it.
   *
   * @throws IOException if somebody else has it, or this user may not
   */
  Port(int number) throws IOException {
    channel = DatagramChannel.open();
    selector = Selector.open();
    try {
      channel.configureBlocking(false);
      channel.bind(new InetSocketAddress(number));
      SelectionKey unused = channel.register(selector, SelectionKey.OP_READ);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  int number() {
    return channel.socket().getLocalPort();
  }

  /** Forgets what has come. */
  void drain() throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(MOST_BYTES);
    while (channel.receive(buffer) != null) {
      buffer.clear();
    }
  }

  /**
   * The first wake packet for a card: one that has come already, or comes within a time.
   *
   * @return its payload; empty if none came
   */
  Optional<ByteBuffer> packet(long hardware, Duration limit) throws IOException {
    long deadline = System.nanoTime() + limit.toNanos();
    ByteBuffer buffer = ByteBuffer.allocate(MOST_BYTES);
    while (true) {
      while (channel.receive(buffer.clear()) != null) {
        buffer.flip();
        if (WakePacketCodec.find(buffer, hardware).isPresent()) {
          return Optional.of(buffer.asReadOnlyBuffer());
        }
      }
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0 || Thread.currentThread().isInterrupted()) {
        return Optional.empty();
      }
      selector.select(left);
      selector.selectedKeys().clear();
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    selector.close();
  }
}
