package io.jettison.disksrv.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jettison.api.memory.PageSet.RangeVisitor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A client of one NBD server, over one connection. A read waits for its answer; writes are handed
 * over and their answers awaited later, since a server works on several at a time. After a failure
 * nothing more is possible. Not thread-safe, but {@link #close} may be called from anywhere.
 */
final class NbdClient implements AutoCloseable {
  /** More is asked for in pieces, of which the server works on several. */
  private static final int MOST_BYTES = 1 << 20;

  private static final int MOST_UNANSWERED = 16;

  /** Limit of a request without contents: a multiple of any block size that fits its field. */
  private static final long MOST_LENGTH = 1L << 30;

  private static final int MOST_CHUNK_BYTES = 4 << 20;
  private static final int EXTENT_BYTES = 2 * Integer.BYTES;

  private final NbdSocket socket;
  private final long bytes;
  private final ByteBuffer request = ByteBuffer.allocateDirect(Nbd.REQUEST_BYTES);
  private final ByteBuffer header = ByteBuffer.allocateDirect(Nbd.STRUCTURED_REPLY_BYTES);
  private long cookie;
  private int unanswered;

  /** Where the writes end that were not answered yet; they ascend. */
  private long writtenTo;

  private @Nullable IOException failure;

  /** Connects to the server's default export. */
  NbdClient(Path path) throws IOException {
    socket = new NbdSocket(path);
    try {
      bytes = new NbdNegotiation(socket).negotiate();
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** The export's size. */
  long bytes() {
    return bytes;
  }

  /** Reads bytes, from {@code into}'s position to its limit. */
  void read(long offset, ByteBuffer into) throws IOException {
    attempt(
        () -> {
          settle();
          for (long at = offset; into.hasRemaining(); ) {
            ByteBuffer piece = into.slice(into.position(), Math.min(into.remaining(), MOST_BYTES));
            send(Nbd.CMD_READ, at, piece.capacity());
            Contents contents = new Contents(at, piece);
            answer(contents);
            contents.ensureWhole();
            into.position(into.position() + piece.capacity());
            at += piece.capacity();
          }
        });
  }

  /** Writes bytes, from {@code from}'s position to its limit; they need not be there yet. */
  void write(long offset, ByteBuffer from) throws IOException {
    attempt(
        () -> {
          for (long at = offset; from.hasRemaining(); ) {
            ByteBuffer piece = from.slice(from.position(), Math.min(from.remaining(), MOST_BYTES));
            makeRoom(at, piece.capacity());
            send(Nbd.CMD_WRITE, at, piece.capacity(), piece.duplicate());
            from.position(from.position() + piece.capacity());
            at += piece.capacity();
          }
        });
  }

  /** Makes bytes zeros; they need not be so yet. */
  void zero(long offset, long length) throws IOException {
    attempt(
        () -> {
          for (long at = offset; at < offset + length; ) {
            long now = Math.min(offset + length - at, MOST_LENGTH);
            makeRoom(at, now);
            send(Nbd.CMD_WRITE_ZEROES, at, now);
            at += now;
          }
        });
  }

  /** Returns once all that was written is durable. */
  void flush() throws IOException {
    attempt(
        () -> {
          settle(); // a flush covers what was answered before it was sent
          send(Nbd.CMD_FLUSH, 0, 0);
          unanswered = 1;
          settle();
        });
  }

  /**
   * Visits what does not read as zeros, from an offset on, as far as the server says at once.
   *
   * @return where to go on
   */
  long extents(long offset, RangeVisitor data) throws IOException {
    long[] end = {offset};
    attempt(
        () -> {
          settle();
          send(Nbd.CMD_BLOCK_STATUS, offset, Math.min(bytes - offset, MOST_LENGTH));
          answer((type, length) -> end[0] = status(type, length, end[0], data));
          if (end[0] <= offset) {
            throw new IOException("the NBD server does not say what is allocated");
          }
        });
    return Math.min(end[0], bytes);
  }

  private long status(int type, int length, long offset, RangeVisitor data) throws IOException {
    ByteBuffer extents = socket.read(length, MOST_CHUNK_BYTES);
    if (type != Nbd.REPLY_BLOCK_STATUS || length % EXTENT_BYTES != Integer.BYTES) {
      throw new IOException("the NBD server answers what was not asked");
    }
    extents.getInt(); // the one context there is
    long at = offset;
    while (extents.hasRemaining()) {
      long run = Integer.toUnsignedLong(extents.getInt());
      boolean zero = (extents.getInt() & Nbd.STATE_ZERO) != 0;
      long end = Math.min(at + run, bytes);
      if (!zero && end > at) {
        data.range(at, end - at);
      }
      at += run;
    }
    return at;
  }

  /** Says goodbye: the server may end. */
  void disconnect() throws IOException {
    attempt(
        () -> {
          settle();
          send(Nbd.CMD_DISC, 0, 0);
        });
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private interface Step {
    void run() throws IOException;
  }

  private void attempt(Step step) throws IOException {
    if (failure != null) {
      throw new IOException("the NBD connection has failed: " + failure.getMessage(), failure);
    }
    try {
      step.run();
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  /** Servers carry out unanswered requests in any order: those that overlap must not meet. */
  private void makeRoom(long offset, long length) throws IOException {
    if (offset < writtenTo) {
      settle();
    }
    while (unanswered >= MOST_UNANSWERED) {
      settleOne();
    }
    writtenTo = offset + length;
    unanswered++;
  }

  private void settle() throws IOException {
    while (unanswered > 0) {
      settleOne();
    }
    writtenTo = 0;
  }

  private void settleOne() throws IOException {
    answer(NbdClient::nothing);
    unanswered--;
  }

  private static void nothing(int type, int length) throws IOException {
    throw new IOException("the NBD server answers what was not asked");
  }

  private void send(int command, long offset, long length, ByteBuffer... contents)
      throws IOException {
    request.clear();
    request.putInt(Nbd.REQUEST_MAGIC).putShort((short) 0).putShort((short) command);
    request.putLong(++cookie).putLong(offset).putInt((int) length).flip();
    if (contents.length == 0) {
      socket.write(request);
    } else {
      socket.write(request, contents[0]);
    }
  }

  private interface Receiver {
    /** Reads a chunk's payload from the socket. */
    void chunk(int type, int length) throws IOException;
  }

  private void answer(Receiver receiver) throws IOException {
    boolean last = false;
    while (!last) {
      last = chunk(receiver);
    }
  }

  /** Reads one chunk of an answer; returns whether it was the last. */
  private boolean chunk(Receiver receiver) throws IOException {
    socket.read(header.clear().limit(Nbd.SIMPLE_REPLY_BYTES));
    int magic = header.flip().getInt();
    if (magic == Nbd.SIMPLE_REPLY_MAGIC) {
      int error = header.getInt();
      if (error != 0) {
        throw new IOException("the NBD server says: " + Linux.strerror(error));
      }
      return true;
    }
    if (magic != Nbd.STRUCTURED_REPLY_MAGIC) {
      throw new IOException("the NBD server's answer is not understood");
    }
    socket.read(header.limit(Nbd.STRUCTURED_REPLY_BYTES).position(Nbd.SIMPLE_REPLY_BYTES));
    header.position(Integer.BYTES);
    boolean done = (header.getShort() & Nbd.REPLY_FLAG_DONE) != 0;
    int type = Short.toUnsignedInt(header.getShort());
    int length = header.getInt(Nbd.SIMPLE_REPLY_BYTES);
    if ((type & Nbd.REPLY_ERROR) != 0) {
      throw error(socket.read(length, MOST_CHUNK_BYTES));
    }
    if (type != Nbd.REPLY_NONE || length != 0) {
      receiver.chunk(type, length);
    }
    return done;
  }

  private static IOException error(ByteBuffer payload) {
    if (payload.remaining() < Integer.BYTES + Short.BYTES) {
      return new IOException("the NBD server's answer is not understood");
    }
    String number = Linux.strerror(payload.getInt());
    int length = Math.min(Short.toUnsignedInt(payload.getShort()), payload.remaining());
    String message = UTF_8.decode(payload.limit(payload.position() + length)).toString();
    return new IOException(
        "the NBD server says: " + number + (message.isEmpty() ? "" : ": " + message));
  }

  /** The contents of one read, as they come. */
  private final class Contents implements Receiver {
    private final long offset;
    private final ByteBuffer piece;
    private long came;

    Contents(long offset, ByteBuffer piece) {
      this.offset = offset;
      this.piece = piece;
    }

    @Override
    public void chunk(int type, int length) throws IOException {
      boolean hole = type == Nbd.REPLY_OFFSET_HOLE;
      if ((!hole && type != Nbd.REPLY_OFFSET_DATA) || length < Long.BYTES) {
        nothing(type, length);
      }
      long at = socket.read(Long.BYTES, Long.BYTES).getLong() - offset;
      long count =
          hole ? socket.read(length - Long.BYTES, Integer.BYTES).getInt() : length - Long.BYTES;
      if (at < 0 || count < 0 || at + count > piece.capacity()) {
        nothing(type, length);
      }
      ByteBuffer into = piece.slice((int) at, (int) count);
      if (hole) {
        while (into.hasRemaining()) {
          into.put((byte) 0);
        }
      } else {
        socket.read(into);
      }
      came += count;
    }

    /** Chunks do not overlap: what did not come would be whatever the buffer held. */
    void ensureWhole() throws IOException {
      if (came != piece.capacity()) {
        throw new IOException("the NBD server answers only a part of what was asked");
      }
    }
  }
}
