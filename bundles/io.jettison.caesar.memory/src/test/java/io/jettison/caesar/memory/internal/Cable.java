package io.jettison.caesar.memory.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/**
 * Between a PC and its server. While the PC sleeps nothing passes. After that, what the server
 * sends over a connection from before the sleep still does not: its kernel waits for a timer that
 * backed off. What the PC sends, and connections it opens, pass.
 */
final class Cable implements AutoCloseable {
  private final ServerSocket pcSide = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final InetSocketAddress server;
  private final List<Socket> sockets = new ArrayList<>();
  private boolean asleep;
  private boolean closedToNew;
  private int sleeps;

  Cable(InetSocketAddress server) throws IOException {
    this.server = server;
    start(this::accept);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) pcSide.getLocalSocketAddress();
  }

  synchronized void sleep() {
    asleep = true;
    sleeps++;
  }

  /** Connections that the PC opens do not pass yet. */
  synchronized void wakeForOldConnections() {
    asleep = false;
    closedToNew = true;
    notifyAll();
  }

  synchronized void wake() {
    asleep = false;
    closedToNew = false;
    notifyAll();
  }

  private void accept() throws IOException, InterruptedException {
    while (true) {
      Socket pc = pcSide.accept();
      int born = awaitCall();
      Socket far = new Socket(server.getAddress(), server.getPort());
      synchronized (this) {
        sockets.add(pc);
        sockets.add(far);
      }
      start(() -> pump(pc, far, born, false));
      start(() -> pump(far, pc, born, true));
    }
  }

  private void pump(Socket from, Socket to, int born, boolean fromServer)
      throws IOException, InterruptedException {
    try (from;
        to) {
      from.setTcpNoDelay(true);
      to.setTcpNoDelay(true);
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] bytes = new byte[64 << 10];
      for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
        awaitPass(born, fromServer);
        out.write(bytes, 0, length);
      }
    }
  }

  private synchronized int awaitCall() throws InterruptedException {
    while (asleep || closedToNew) {
      wait();
    }
    return sleeps;
  }

  private synchronized void awaitPass(int born, boolean fromServer) throws InterruptedException {
    while (asleep || (fromServer && born != sleeps)) {
      wait();
    }
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private static void start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException | InterruptedException e) {
                // an end was closed
              }
            },
            "cable");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public synchronized void close() throws IOException {
    pcSide.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
