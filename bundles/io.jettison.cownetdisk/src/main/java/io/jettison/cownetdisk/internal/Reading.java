package io.jettison.cownetdisk.internal;

import io.jettison.api.memory.Pages;
import io.jettison.cownetdisk.internal.BlockStore.Source;
import io.jettison.nbd.NbdTransmission;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers a READ of which no block is missing, piece by piece, so that a long one takes no more
 * memory than the client's socket. On the disk's loop.
 */
final class Reading {
  private static final Logger LOG = LoggerFactory.getLogger(Reading.class);
  private static final int PIECE = 256 << 10;

  /**
   * What the kernel sends from a slice's pages in its cache; a shorter part is sooner copied. Until
   * the client has read it, what is written meanwhile shows in it: such requests have no order.
   */
  private static final int SENT = 32 << 10;

  private static final int DATA_BYTES = NbdTransmission.CHUNK_BYTES + NbdTransmission.OFFSET_BYTES;

  private final BlockStore store;
  private final Replies replies;
  private final ChunkWriter chunks;
  private final Request asked = new Request();
  private boolean underWay;
  private long at;

  Reading(BlockStore store, Replies replies, ChunkWriter chunks) {
    this.store = store;
    this.replies = replies;
    this.chunks = chunks;
  }

  void begin(Request read) {
    asked.copyFrom(read);
    at = read.offset;
    underWay = true;
  }

  boolean isUnderWay() {
    return underWay;
  }

  /** Does a piece; returns false if the connection is of no further use. */
  boolean step() {
    boolean whole = !chunks.isStructured() || asked.has(NbdTransmission.DF);
    boolean first = at == asked.offset;
    try {
      if (whole) {
        one(first);
      } else {
        many();
      }
      underWay = at < asked.end();
      return true;
    } catch (IOException e) {
      LOG.error("a disk cannot be read at {}", at, e);
      underWay = false;
      if (first || !whole) {
        chunks.answer(asked, Errors.of(e));
        return true;
      }
      return false;
    }
  }

  /** The contents in one chunk or one simple reply, which begins with the first piece. */
  private void one(boolean first) throws IOException {
    int length = (int) Math.min(PIECE, asked.end() - at);
    int head = !first ? 0 : chunks.isStructured() ? DATA_BYTES : NbdTransmission.SIMPLE_BYTES;
    SliceFile slice = sent(length);
    ByteBuffer into = replies.begin(head + (slice == null ? length : 0));
    if (first && chunks.isStructured()) {
      ChunkWriter.put(
              into,
              asked,
              NbdTransmission.DONE,
              NbdTransmission.CHUNK_OFFSET_DATA,
              NbdTransmission.OFFSET_BYTES + (int) asked.length)
          .putLong(asked.offset);
    } else if (first) {
      into.putInt(NbdTransmission.SIMPLE_MAGIC).putInt(0).putLong(asked.cookie);
    }
    contents(slice, length, into);
  }

  /** A chunk for each run of contents or zeros, in one piece. */
  private void many() throws IOException {
    long pieceEnd = Math.min(at + PIECE, asked.end());
    while (at < pieceEnd) {
      boolean hole = isHole(at);
      long next = store.sameSource(at, pieceEnd);
      while (next < pieceEnd && isHole(next) == hole) {
        next = store.sameSource(next, pieceEnd);
      }
      int flags = next == asked.end() ? NbdTransmission.DONE : 0;
      int length = (int) (next - at);
      if (hole) {
        chunks
            .header(asked, flags, NbdTransmission.CHUNK_OFFSET_HOLE, NbdTransmission.HOLE_BYTES)
            .putLong(at)
            .putInt(length);
        replies.end();
        at = next;
      } else {
        SliceFile slice = sent(length);
        ByteBuffer into = replies.begin(DATA_BYTES + (slice == null ? length : 0));
        ChunkWriter.put(
                into,
                asked,
                flags,
                NbdTransmission.CHUNK_OFFSET_DATA,
                NbdTransmission.OFFSET_BYTES + length)
            .putLong(at);
        contents(slice, length, into);
      }
    }
  }

  /** The slice that the next bytes are sent from; null if they are to be copied. */
  private @Nullable SliceFile sent(int length) {
    boolean together = length >= SENT && store.sameSource(at, at + length) == at + length;
    SliceFile slice = together ? store.slice(at) : null;
    return slice != null && slice.isSendable() ? slice : null;
  }

  /** Ends what was begun with the next bytes, of this slice or copied. */
  private void contents(@Nullable SliceFile slice, int length, ByteBuffer begun)
      throws IOException {
    if (slice == null) {
      store.read(at, begun);
    }
    replies.end();
    if (slice != null) {
      replies.send(slice, at, length);
    }
    at += length;
  }

  private boolean isHole(long offset) {
    return store.source(offset >> Pages.SHIFT) == Source.ZERO;
  }
}
