package io.jettison.disksrv.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What is agreed on before the first request: the default export, structured replies, and block
 * status by base:allocation.
 *
 * <pre>
 * server                                client
 * NBDMAGIC IHAVEOPT flags
 *                                       flags
 *                                       STRUCTURED_REPLY
 * ACK
 *                                       SET_META_CONTEXT base:allocation
 * META_CONTEXT id, ACK
 *                                       GO
 * INFO export, ACK
 * </pre>
 */
final class NbdNegotiation {
  private static final int GREETING_BYTES = 18;
  private static final int OPTION_HEADER_BYTES = 16;
  private static final int REPLY_HEADER_BYTES = 20;
  private static final int MOST_REPLY_BYTES = 1 << 16;

  private final NbdSocket socket;

  NbdNegotiation(NbdSocket socket) {
    this.socket = socket;
  }

  /** Carries it out; yields the export's size. */
  long negotiate() throws IOException {
    ByteBuffer greeting = socket.read(GREETING_BYTES, GREETING_BYTES);
    if (greeting.getLong() != Nbd.NBDMAGIC || greeting.getLong() != Nbd.IHAVEOPT) {
      throw new IOException("not an NBD server of the newstyle");
    }
    int flags = greeting.getShort() & (Nbd.FLAG_FIXED_NEWSTYLE | Nbd.FLAG_NO_ZEROES);
    socket.write(ByteBuffer.allocate(Integer.BYTES).putInt(flags).flip());
    structuredReplies();
    blockStatus();
    return go();
  }

  private void structuredReplies() throws IOException {
    option(Nbd.OPT_STRUCTURED_REPLY, ByteBuffer.allocate(0));
    reply(Nbd.OPT_STRUCTURED_REPLY, Nbd.REP_ACK);
  }

  private void blockStatus() throws IOException {
    byte[] query = Nbd.BASE_ALLOCATION.getBytes(UTF_8);
    ByteBuffer data = ByteBuffer.allocate(3 * Integer.BYTES + query.length);
    data.putInt(0).putInt(1).putInt(query.length).put(query);
    option(Nbd.OPT_SET_META_CONTEXT, data.flip());
    reply(Nbd.OPT_SET_META_CONTEXT, Nbd.REP_META_CONTEXT);
    reply(Nbd.OPT_SET_META_CONTEXT, Nbd.REP_ACK);
  }

  private long go() throws IOException {
    option(Nbd.OPT_GO, ByteBuffer.allocate(Integer.BYTES + Short.BYTES));
    long bytes = -1;
    for (; ; ) {
      Reply reply = reply(Nbd.OPT_GO);
      if (reply.type() == Nbd.REP_ACK && bytes >= 0) {
        return bytes;
      }
      reply.expect(Nbd.REP_INFO);
      ByteBuffer info = reply.data();
      if (info.remaining() >= Short.BYTES + Long.BYTES && info.getShort() == Nbd.INFO_EXPORT) {
        bytes = info.getLong();
      }
    }
  }

  private void option(int option, ByteBuffer data) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(OPTION_HEADER_BYTES);
    header.putLong(Nbd.IHAVEOPT).putInt(option).putInt(data.remaining());
    socket.write(header.flip());
    if (data.hasRemaining()) {
      socket.write(data);
    }
  }

  private void reply(int option, int type) throws IOException {
    reply(option).expect(type);
  }

  private Reply reply(int option) throws IOException {
    ByteBuffer header = socket.read(REPLY_HEADER_BYTES, REPLY_HEADER_BYTES);
    if (header.getLong() != Nbd.OPTION_REPLY_MAGIC || header.getInt() != option) {
      throw new IOException("the NBD server answers another question");
    }
    int type = header.getInt();
    return new Reply(option, type, socket.read(header.getInt(), MOST_REPLY_BYTES));
  }

  private record Reply(int option, int type, ByteBuffer data) {
    void expect(int expected) throws IOException {
      if (type != expected) {
        boolean error = (type & Nbd.REP_ERROR) != 0;
        throw new IOException(
            "the NBD server refuses option "
                + option
                + (error ? ": " + UTF_8.decode(data.duplicate()) : " with " + type));
      }
    }
  }
}
