package io.jettison.cownetdisk.internal;

import io.jettison.api.memory.Pages;
import io.jettison.cownetdisk.internal.Waiting.Wait;
import io.jettison.nbd.NbdTransmission;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The second phase of a connection: requests and replies. A request that misses blocks is put aside
 * and begun anew once they have come; others go on meanwhile. On the disk's loop.
 */
final class Transmission {
  private static final Logger LOG = LoggerFactory.getLogger(Transmission.class);

  /** Most requests put aside, and most bytes they may be about. */
  private static final int MOST_ASIDE = 256;

  private static final long MOST_BYTES_ASIDE = 8 << 20;

  private final Connection connection;
  private final DiskLoop disk;
  private final BlockStore store;
  private final ChunkWriter chunks;
  private final boolean[] contexts;

  /** Put aside, and what each waits for. */
  private final Map<Request, Wait> aside = new HashMap<>();

  /** Put aside, and begun anew with the next step. */
  private final Deque<Request> ready = new ArrayDeque<>();

  private final Request request = new Request();
  private final LongConsumer collect = this::collect;
  private long[] missing = new long[64];
  private int missed;

  /** A long write of which the payload comes in pieces; null if there is none. */
  private @Nullable Request incoming;

  private int incomingError;
  private boolean blocked;
  private @Nullable Wait gate;

  private final Reading reading;
  private int outstanding;
  private long bytesAside;
  private boolean ending;

  Transmission(Connection connection, DiskLoop disk, boolean structured, boolean[] contexts) {
    this.connection = connection;
    this.disk = disk;
    this.store = disk.store();
    this.contexts = contexts;
    this.chunks = new ChunkWriter(connection.replies(), structured);
    this.reading = new Reading(store, connection.replies(), chunks);
  }

  /** Whether more may be read from the client. */
  boolean wantsMore() {
    return !ending && !blocked && aside.size() < MOST_ASIDE && bytesAside < MOST_BYTES_ASIDE;
  }

  /** Does the next thing there is to do; returns whether there was any. */
  boolean step(ByteBuf in) {
    if (reading.isUnderWay()) {
      if (!reading.step()) {
        connection.close(); // the reply was begun, and cannot be ended
      }
      return true;
    }
    Request again = ready.poll();
    if (again != null) {
      again(again);
      return true;
    }
    if (ending) {
      if (outstanding == 0) {
        connection.finish();
      }
      return false;
    }
    return wantsMore() && (incoming == null ? next(in) : piece(in, incoming));
  }

  private boolean next(ByteBuf in) {
    int at = in.readerIndex();
    if (in.readableBytes() < NbdTransmission.REQUEST_BYTES) {
      return false;
    }
    if (in.getInt(at) != NbdTransmission.REQUEST_MAGIC) {
      LOG.warn("a client of {} sent something else than a request, and is closed", disk.name());
      connection.close();
      return false;
    }
    request.read(in, at);
    int error = request.error(store.bytes(), chunks.isStructured(), contexts[0] || contexts[1]);
    int payload = 0;
    if (request.command == NbdTransmission.WRITE) {
      if (error != 0 || request.length > Input.PIECE) {
        in.skipBytes(NbdTransmission.REQUEST_BYTES);
        incoming = request.copy();
        incomingError = error;
        return true;
      }
      payload = (int) request.length;
      if (in.readableBytes() < NbdTransmission.REQUEST_BYTES + payload) {
        return false;
      }
    }
    in.skipBytes(NbdTransmission.REQUEST_BYTES);
    if (request.command == NbdTransmission.DISC) {
      ending = true;
    } else if (error != 0) {
      chunks.answer(request, error);
    } else {
      run(request, payload == 0 ? null : in.internalNioBuffer(in.readerIndex(), payload), in);
    }
    in.skipBytes(payload);
    return true;
  }

  /** Takes the next piece of a long write. It ends where a block does, so that it misses none. */
  private boolean piece(ByteBuf in, Request whole) {
    if (whole.length == 0) {
      incoming = null;
      disk.countWrite();
      written(whole, incomingError);
      return true;
    }
    if (incomingError != 0) {
      int skipped = (int) Math.min(in.readableBytes(), whole.length);
      in.skipBytes(skipped);
      whole.length -= skipped;
      return skipped > 0 || whole.length == 0;
    }
    long end = Math.min(whole.end(), whole.offset + Input.PIECE);
    if (end < whole.end()) {
      end &= -Pages.SIZE;
    }
    int length = (int) (end - whole.offset);
    if (in.readableBytes() < length) {
      return false;
    }
    missed = 0;
    store.missingEdges(whole.offset, length, collect);
    if (missed > 0) {
      blocked = true;
      gate = await(() -> blocked = false);
      return false;
    }
    try {
      disk.tap().touched(whole.offset >> Pages.SHIFT, Pages.holding(end));
      store.write(whole.offset, in.internalNioBuffer(in.readerIndex(), length));
    } catch (IOException e) {
      incomingError = failed(e);
    }
    in.skipBytes(length);
    whole.offset = end;
    whole.length -= length;
    return true;
  }

  private void again(Request later) {
    ByteBuf payload = later.payload;
    outstanding--;
    bytesAside -= later.length;
    try {
      run(
          later,
          payload == null
              ? null
              : payload.internalNioBuffer(payload.readerIndex(), payload.readableBytes()),
          payload);
    } finally {
      if (payload != null) {
        payload.release();
      }
    }
  }

  /**
   * Carries out a request, or puts it aside.
   *
   * @param payload what is to be written
   * @param holder what holds that, from its reader index on
   */
  private void run(Request asked, @Nullable ByteBuffer payload, @Nullable ByteBuf holder) {
    missed = 0;
    long offset = asked.offset;
    long length = asked.length;
    switch (asked.command) {
      case NbdTransmission.READ -> store.missing(offset, length, collect);
      case NbdTransmission.CACHE ->
          store.missing(offset, Math.min(length, NbdTransmission.MAX_PAYLOAD), collect);
      case NbdTransmission.WRITE, NbdTransmission.WRITE_ZEROES ->
          store.missingEdges(offset, length, collect);
      default -> {
        // needs nothing
      }
    }
    if (missed == 0) {
      carryOut(asked, payload);
    } else if (asked.has(NbdTransmission.FAST_ZERO)) {
      chunks.answer(asked, NbdTransmission.ENOTSUP);
    } else {
      putAside(asked, payload == null ? null : holder);
    }
  }

  private void putAside(Request asked, @Nullable ByteBuf holder) {
    Request later = asked.copy();
    if (holder != null) {
      int length = (int) asked.length;
      later.payload = connection.allocate(length).writeBytes(holder, holder.readerIndex(), length);
    }
    outstanding++;
    bytesAside += later.length;
    aside.put(
        later,
        await(
            () -> {
              aside.remove(later);
              ready.add(later);
            }));
  }

  private void collect(long block) {
    if (missed == missing.length) {
      missing = Arrays.copyOf(missing, 2 * missed);
    }
    missing[missed++] = block;
  }

  private Wait await(Runnable then) {
    Wait wait = disk.waiting().await(missing, missed, then);
    for (int i = 0; i < missed; i++) {
      disk.tap().want(missing[i]);
    }
    return wait;
  }

  private void carryOut(Request asked, @Nullable ByteBuffer payload) {
    if (asked.command != NbdTransmission.BLOCK_STATUS && asked.command != NbdTransmission.TRIM) {
      disk.tap().touched(asked.offset >> Pages.SHIFT, Pages.holding(asked.end()));
    }
    try {
      switch (asked.command) {
        case NbdTransmission.READ -> {
          disk.countRead();
          reading.begin(asked);
        }
        case NbdTransmission.WRITE -> {
          disk.countWrite();
          if (payload != null) {
            store.write(asked.offset, payload);
          }
          written(asked, 0);
        }
        case NbdTransmission.WRITE_ZEROES -> {
          disk.countWrite();
          store.zero(asked.offset, asked.length, asked.has(NbdTransmission.NO_HOLE));
          written(asked, 0);
        }
        case NbdTransmission.TRIM -> {
          disk.countWrite();
          store.trim(asked.offset, asked.length);
          written(asked, 0);
        }
        case NbdTransmission.FLUSH -> {
          disk.countFlush();
          sync(asked);
        }
        case NbdTransmission.BLOCK_STATUS -> chunks.status(asked, store, contexts);
        default -> chunks.answer(asked, 0);
      }
    } catch (IOException e) {
      chunks.answer(asked, failed(e));
    }
  }

  private void written(Request asked, int error) {
    if (error == 0 && asked.has(NbdTransmission.FUA)) {
      sync(asked);
    } else {
      chunks.answer(asked, error);
    }
  }

  private void sync(Request asked) {
    Request later = asked.copy();
    outstanding++;
    disk.syncs()
        .request(
            failure -> {
              outstanding--;
              if (connection.isOpen()) {
                chunks.answer(later, failure == null ? 0 : failed(failure));
                connection.resume();
              }
            });
  }

  private int failed(IOException failure) {
    LOG.warn("a request for {} failed: {}", disk.name(), failure.toString());
    return Errors.of(failure);
  }

  /** The connection is closed: what was put aside is not answered. */
  void close() {
    aside.values().forEach(Wait::cancel);
    aside.keySet().forEach(Transmission::release);
    aside.clear();
    ready.forEach(Transmission::release);
    ready.clear();
    if (gate != null) {
      gate.cancel();
    }
  }

  private static void release(Request later) {
    ByteBuf payload = later.payload;
    if (payload != null) {
      payload.release();
      later.payload = null;
    }
  }
}
