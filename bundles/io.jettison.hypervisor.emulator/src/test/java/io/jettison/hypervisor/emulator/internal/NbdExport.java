package io.jettison.hypervisor.emulator.internal;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;

/**
 * A disk served as on a server, to one client: what is written stays in a slice beside the image. A
 * small NBD server that can be told to hang up, and to know only the oldest way to ask for an
 * export.
 */
final class NbdExport implements AutoCloseable {
  private static final long NBDMAGIC = 0x4e42444d41474943L;
  private static final long IHAVEOPT = 0x49484156454f5054L;
  private static final long OPTION_REPLY = 0x3e889045565a9L;
  private static final int REPLY = 0x67446698;
  private static final int EXPORT_NAME = 1;
  private static final int GO = 7;
  private static final int ACK = 1;
  private static final int INFO = 3;
  private static final int UNSUPPORTED = (1 << 31) + 1;
  private static final int FLAGS = 1 | 4; // the flags are there; FLUSH is known
  private static final int BLOCK = 4096;

  private final FileChannel image;
  private final String name;
  private final boolean knowsGo;
  private final Map<Long, byte[]> slice;
  private final ServerSocketChannel listener;
  private final Thread thread;
  private final int lasts;
  private long fetched;
  private long unflushed;

  /**
   * Serves an image.
   *
   * @param slice what was written before
   * @param lasts how many requests a connection lasts
   */
  NbdExport(
      Path socket, String name, Path image, Map<Long, byte[]> slice, boolean knowsGo, int lasts)
      throws IOException {
    Files.deleteIfExists(socket);
    this.image = FileChannel.open(image, StandardOpenOption.READ);
    this.name = name;
    this.slice = new TreeMap<>(slice);
    this.knowsGo = knowsGo;
    this.lasts = lasts;
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    thread = new Thread(this::serve, "nbd");
    thread.start();
  }

  /** Blocks that were written and their contents. */
  synchronized Map<Long, byte[]> slice() {
    return new TreeMap<>(slice);
  }

  /** Blocks read from the image. */
  synchronized long fetched() {
    return fetched;
  }

  /** Writes since the last flush. */
  synchronized long unflushed() {
    return unflushed;
  }

  private void serve() {
    while (true) {
      try (SocketChannel client = listener.accept();
          DataInputStream in = new DataInputStream(Channels.newInputStream(client));
          DataOutputStream out = new DataOutputStream(Channels.newOutputStream(client))) {
        if (negotiate(in, out)) {
          transmit(in, out);
        }
      } catch (IOException e) {
        if (!listener.isOpen()) {
          return;
        }
        // the client hung up: it may come again
      }
    }
  }

  private boolean negotiate(DataInputStream in, DataOutputStream out) throws IOException {
    out.writeLong(NBDMAGIC);
    out.writeLong(IHAVEOPT);
    out.writeShort(1); // fixed newstyle; sends zeroes
    in.readInt();
    while (true) {
      if (in.readLong() != IHAVEOPT) {
        throw new IOException("no option");
      }
      int option = in.readInt();
      byte[] data = in.readNBytes(in.readInt());
      if (option == EXPORT_NAME) {
        if (!name.equals(new String(data, StandardCharsets.UTF_8))) {
          return false;
        }
        out.writeLong(image.size());
        out.writeShort(FLAGS);
        out.write(new byte[124]);
        return true;
      }
      if (option == GO && knowsGo) {
        int length = ByteBuffer.wrap(data).getInt();
        if (!name.equals(new String(data, 4, length, StandardCharsets.UTF_8))) {
          return false;
        }
        reply(out, option, INFO, 12);
        out.writeShort(0);
        out.writeLong(image.size());
        out.writeShort(FLAGS);
        reply(out, option, ACK, 0);
        return true;
      }
      reply(out, option, UNSUPPORTED, 0);
    }
  }

  private static void reply(DataOutputStream out, int option, int type, int length)
      throws IOException {
    out.writeLong(OPTION_REPLY);
    out.writeInt(option);
    out.writeInt(type);
    out.writeInt(length);
  }

  private void transmit(DataInputStream in, DataOutputStream out) throws IOException {
    for (int served = 0; served < lasts; served++) {
      in.readInt();
      in.readShort();
      int type = in.readShort();
      long handle = in.readLong();
      long offset = in.readLong();
      int length = in.readInt();
      byte[] data = type == 1 ? in.readNBytes(length) : new byte[0];
      if (type == 2) {
        return;
      }
      byte[] answer = carryOut(type, offset, data);
      if (served == lasts - 1) {
        return; // carried out, but not answered
      }
      out.writeInt(REPLY);
      out.writeInt(0);
      out.writeLong(handle);
      out.write(answer);
    }
  }

  private synchronized byte[] carryOut(int type, long offset, byte[] data) throws IOException {
    switch (type) {
      case 0 -> {
        return read(offset);
      }
      case 1 -> {
        slice.put(offset / BLOCK, data);
        unflushed++;
      }
      case 3 -> unflushed = 0;
      default -> throw new IOException("request of type " + type);
    }
    return new byte[0];
  }

  private byte[] read(long offset) throws IOException {
    byte[] written = slice.get(offset / BLOCK);
    if (written != null) {
      return written;
    }
    fetched++;
    ByteBuffer block = ByteBuffer.allocate(BLOCK);
    image.read(block, offset);
    return block.array();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    thread.interrupt(); // which closes the connection
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    image.close();
  }
}
