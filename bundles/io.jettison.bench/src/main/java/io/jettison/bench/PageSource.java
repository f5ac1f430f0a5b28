package io.jettison.bench;

import io.jettison.api.memory.MemoryMap;
import io.jettison.memsrv.Memsrv.Serving;
import io.jettison.memsrv.internal.PageServer;
import io.jettison.transport.tcp.internal.TcpTransport;
import io.jettison.uffd.FileResidual;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memsrv and nothing else, in a JVM of its own: {@code PageSource RAM EPOCH PORT...}. */
public final class PageSource {
  private PageSource() {}

  /** Serves a file's pages to each of the ports until its standard input ends. */
  public static void main(String[] arguments) throws IOException {
    Path ram = Path.of(arguments[0]);
    long epoch = Long.parseLong(arguments[1]);
    MemoryMap map = MemoryMap.ofBytes(Files.size(ram));
    PageServer server = new PageServer(new TcpTransport(), "desktop");
    FileResidual residual = new FileResidual(ram, map);
    System.out.println("READY");
    for (int word; (word = port()) > 0; ) {
      Serving serving =
          server.serve(
              "pc", epoch, residual, new InetSocketAddress(InetAddress.getLoopbackAddress(), word));
      port();
      serving.close();
      System.out.println("CLOSED");
    }
    System.exit(0);
  }

  /** The next number on standard input: a port to serve, then 0 when it is done; -1 at the end. */
  private static int port() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int c = System.in.read(); c != '\n'; c = System.in.read()) {
      if (c < 0) {
        return -1;
      }
      text.append((char) c);
    }
    return Integer.parseInt(text.toString());
  }
}
