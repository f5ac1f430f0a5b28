package io.jettison.itest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A way to a server that can be cut. While it is cut nothing gets through and neither end is told;
 * when it is mended, all connections of before are lost with what was under way on them.
 */
final class Cable implements AutoCloseable {
  private static final int PIECE = 64 << 10;

  private final ServerSocket near = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final InetSocketAddress far;
  private final Set<Socket> ends = ConcurrentHashMap.newKeySet();
  private boolean isCut;

  /**
   * Lays one.
   *
   * @param port the server's, on loopback
   */
  Cable(int port) throws IOException {
    far = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    start(this::accept);
  }

  /** The port to call instead of the server's. */
  int port() {
    return near.getLocalPort();
  }

  synchronized void cut() {
    isCut = true;
  }

  synchronized void mend() {
    ends.forEach(Cable::close);
    isCut = false;
    notifyAll();
  }

  /** Waits while it is cut. */
  private synchronized void pass() throws InterruptedException {
    while (isCut) {
      wait();
    }
  }

  private static void start(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException | InterruptedException e) {
                // a connection has ended, or the cable is not used any more
              }
            },
            "cable");
    thread.setDaemon(true);
    thread.start();
  }

  private interface Task {
    void run() throws IOException, InterruptedException;
  }

  private void accept() throws IOException {
    while (true) {
      Socket caller = near.accept();
      ends.add(caller);
      start(() -> connect(caller));
    }
  }

  private void connect(Socket caller) throws IOException, InterruptedException {
    Socket called = new Socket();
    try {
      pass();
      called.connect(far);
      ends.add(called);
      start(() -> carry(called, caller));
      carry(caller, called);
    } finally {
      end(caller, called);
    }
  }

  private void carry(Socket from, Socket to) throws IOException, InterruptedException {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] piece = new byte[PIECE];
      for (int length; (length = in.read(piece)) >= 0; ) {
        pass();
        out.write(piece, 0, length);
      }
    } finally {
      end(from, to);
    }
  }

  private void end(Socket one, Socket other) {
    close(one);
    close(other);
    ends.remove(one);
    ends.remove(other);
  }

  private static void close(Socket end) {
    try {
      end.close();
    } catch (IOException e) {
      throw new AssertionError("a socket cannot be closed", e);
    }
  }

  @Override
  public void close() throws IOException {
    near.close();
    mend();
  }
}
