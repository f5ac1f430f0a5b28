package io.jettison.lab;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The workload behind a Unix socket of the VM: a serial line, which may show other things between
 * answers, or the emulator's control socket. Connects anew for each command, for the socket is
 * another one on each host.
 */
public final class Console implements Workload {
  private final Path socket;

  /** A workload behind a socket that need not be there yet. */
  public Console(Path socket) {
    this.socket = socket;
  }

  @Override
  public Reply ask(String command, Duration limit) throws LabException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        Selector selector = Selector.open()) {
      channel.write(StandardCharsets.UTF_8.encode(command + "\n"));
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      return answer(command, channel, selector, System.nanoTime() + limit.toNanos());
    } catch (IOException e) {
      throw new LabException("cannot talk to the workload by " + socket, e);
    }
  }

  private static Reply answer(
      String command, SocketChannel channel, Selector selector, long deadline)
      throws IOException, LabException {
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    StringBuilder line = new StringBuilder();
    while (true) {
      long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
      if (left <= 0) {
        throw new LabException("the workload does not answer '" + command + "'");
      }
      selector.select(left);
      int count = channel.read(buffer.clear());
      if (count < 0) {
        throw new LabException("the workload hung up at '" + command + "'");
      }
      for (buffer.flip(); buffer.hasRemaining(); ) {
        char c = (char) buffer.get();
        if (c != '\n') {
          line.append(c);
          continue;
        }
        Optional<Reply> reply = Reply.parse(line.toString());
        if (reply.isPresent()) {
          return checked(reply.get(), command);
        }
        line.setLength(0);
      }
    }
  }

  /** An answer that the command was carried out. */
  static Reply checked(Reply reply, String command) throws LabException {
    if (!reply.ok()) {
      throw new LabException("the workload answered '" + command + "' with: " + reply.text());
    }
    return reply;
  }
}
