package io.jettison.cownetdisk.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.nbd.NbdHandshake;
import io.jettison.nbd.NbdTransmission;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client that does one thing after the other, and can also do it wrong. */
final class NbdClient implements AutoCloseable {
  /** Part of a reply. */
  record Chunk(int flags, int type, long cookie, ByteBuffer data) {
    boolean isLast() {
      return (flags & NbdTransmission.DONE) != 0;
    }
  }

  /** An option's reply. */
  record OptionReply(int type, ByteBuffer data) {}

  final SocketChannel channel;
  boolean structured;
  long size;
  int flags;
  private long cookie = 1;

  private NbdClient(Path socket) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  /** Connects, and no more. */
  static NbdClient connected(Path socket) throws IOException {
    return new NbdClient(socket);
  }

  /** Connects, and answers the greeting. */
  static NbdClient greeted(Path socket) throws IOException {
    NbdClient client = new NbdClient(socket);
    ByteBuffer greeting = client.receive(NbdHandshake.GREETING_BYTES);
    assertThat(greeting.getLong()).isEqualTo(NbdHandshake.MAGIC);
    assertThat(greeting.getLong()).isEqualTo(NbdHandshake.OPTION_MAGIC);
    assertThat(greeting.getShort()).isEqualTo((short) 3);
    client.send(ByteBuffer.allocate(4).putInt(3));
    return client;
  }

  /** Connects, and begins the transmission. */
  static NbdClient open(Path socket, boolean structured) throws IOException {
    NbdClient client = greeted(socket);
    if (structured) {
      assertThat(client.option(NbdHandshake.OPT_STRUCTURED_REPLY, new byte[0]).get(0).type())
          .isEqualTo(NbdHandshake.REP_ACK);
      client.structured = true;
      client.option(
          NbdHandshake.OPT_SET_META_CONTEXT,
          metaContexts(NbdTransmission.CONTEXT_ALLOCATION, NbdTransmission.CONTEXT_DIRTY));
    }
    List<OptionReply> replies = client.option(NbdHandshake.OPT_GO, ByteBuffer.allocate(6).array());
    ByteBuffer export = replies.get(0).data();
    assertThat(export.getShort()).isEqualTo((short) NbdHandshake.INFO_EXPORT);
    client.size = export.getLong();
    client.flags = Short.toUnsignedInt(export.getShort());
    assertThat(replies.get(replies.size() - 1).type()).isEqualTo(NbdHandshake.REP_ACK);
    return client;
  }

  static byte[] metaContexts(String... queries) {
    ByteBuffer data = ByteBuffer.allocate(4096).putInt(0).putInt(queries.length);
    for (String query : queries) {
      byte[] text = query.getBytes(StandardCharsets.UTF_8);
      data.putInt(text.length).put(text);
    }
    byte[] bytes = new byte[data.flip().remaining()];
    data.get(bytes);
    return bytes;
  }

  void send(ByteBuffer bytes) throws IOException {
    bytes.flip();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  ByteBuffer receive(int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new EOFException("the server closed");
      }
    }
    return bytes.flip();
  }

  /** Sends an option and takes its replies, the last of which is an ACK or an error. */
  List<OptionReply> option(int option, byte[] data) throws IOException {
    ByteBuffer sent = ByteBuffer.allocate(NbdHandshake.OPTION_BYTES + data.length);
    send(sent.putLong(NbdHandshake.OPTION_MAGIC).putInt(option).putInt(data.length).put(data));
    List<OptionReply> replies = new ArrayList<>();
    OptionReply last;
    do {
      ByteBuffer head = receive(NbdHandshake.REPLY_BYTES);
      assertThat(head.getLong()).isEqualTo(NbdHandshake.REPLY_MAGIC);
      assertThat(head.getInt()).isEqualTo(option);
      int type = head.getInt();
      last = new OptionReply(type, receive(head.getInt()));
      replies.add(last);
    } while (last.type() > NbdHandshake.REP_ACK);
    return replies;
  }

  /** Sends a request without waiting; returns its cookie. */
  long request(int flags, int command, long offset, long length, byte @Nullable [] payload)
      throws IOException {
    int bytes = NbdTransmission.REQUEST_BYTES + (payload == null ? 0 : payload.length);
    ByteBuffer sent = ByteBuffer.allocate(bytes);
    sent.putInt(NbdTransmission.REQUEST_MAGIC).putShort((short) flags).putShort((short) command);
    sent.putLong(cookie).putLong(offset).putInt((int) length);
    if (payload != null) {
      sent.put(payload);
    }
    send(sent);
    return cookie++;
  }

  /** Takes a reply without contents; returns its error. */
  int simple(long expected) throws IOException {
    ByteBuffer head = receive(NbdTransmission.SIMPLE_BYTES);
    assertThat(head.getInt()).isEqualTo(NbdTransmission.SIMPLE_MAGIC);
    int error = head.getInt();
    assertThat(head.getLong()).isEqualTo(expected);
    return error;
  }

  /** Takes a chunk. */
  Chunk chunk() throws IOException {
    ByteBuffer head = receive(NbdTransmission.CHUNK_BYTES);
    assertThat(head.getInt()).isEqualTo(NbdTransmission.CHUNK_MAGIC);
    int chunkFlags = head.getShort();
    int type = Short.toUnsignedInt(head.getShort());
    return new Chunk(chunkFlags, type, head.getLong(), receive(head.getInt()));
  }

  /** Does a request that reads nothing; returns its error. */
  int perform(int flags, int command, long offset, long length) throws IOException {
    return simple(request(flags, command, offset, length, null));
  }

  int write(long offset, byte[] data, int flags) throws IOException {
    return simple(request(flags, NbdTransmission.WRITE, offset, data.length, data));
  }

  int flush() throws IOException {
    return perform(0, NbdTransmission.FLUSH, 0, 0);
  }

  /** Reads; fails if that fails. */
  byte[] read(long offset, int length) throws IOException {
    return take(request(0, NbdTransmission.READ, offset, length, null), offset, length);
  }

  /** Takes the reply to a READ. */
  byte[] take(long expected, long offset, int length) throws IOException {
    if (!structured) {
      assertThat(simple(expected)).isZero();
      return receive(length).array();
    }
    byte[] all = new byte[length];
    int covered = 0;
    Chunk chunk;
    do {
      chunk = chunk();
      assertThat(chunk.cookie()).isEqualTo(expected);
      if (chunk.type() == NbdTransmission.CHUNK_OFFSET_DATA) {
        int at = (int) (chunk.data().getLong() - offset);
        covered += chunk.data().remaining();
        chunk.data().get(all, at, chunk.data().remaining());
      } else {
        assertThat(chunk.type()).isEqualTo(NbdTransmission.CHUNK_OFFSET_HOLE);
        chunk.data().getLong();
        covered += chunk.data().getInt();
      }
    } while (!chunk.isLast());
    assertThat(covered).isEqualTo(length);
    return all;
  }

  /** The error of a READ that fails. */
  int readError(int flags, long offset, long length) throws IOException {
    long sent = request(flags, NbdTransmission.READ, offset, length, null);
    if (!structured) {
      return simple(sent);
    }
    Chunk chunk = chunk();
    assertThat(chunk.type()).isEqualTo(NbdTransmission.CHUNK_ERROR);
    assertThat(chunk.isLast()).isTrue();
    return chunk.data().getInt();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
