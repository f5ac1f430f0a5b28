package io.jettison.cownetdisk.internal;

import io.jettison.api.memory.Pages;
import io.jettison.cownetdisk.internal.BlockStore.Source;
import io.jettison.nbd.NbdTransmission;
import java.nio.ByteBuffer;

/** Writes replies that hold nothing read from the disk. On the disk's loop. */
final class ChunkWriter {
  private static final int MOST_EXTENTS = 1024;

  /** Most bytes looked at for one request: the client asks again for the rest. */
  private static final long MOST_LOOKED_AT = 1L << 30;

  private final Replies replies;
  private final boolean structured;

  ChunkWriter(Replies replies, boolean structured) {
    this.replies = replies;
    this.structured = structured;
  }

  boolean isStructured() {
    return structured;
  }

  /**
   * Answers a request without contents.
   *
   * @param error what failed; 0 if nothing did
   */
  void answer(Request asked, int error) {
    boolean reads =
        asked.command == NbdTransmission.READ || asked.command == NbdTransmission.BLOCK_STATUS;
    if (structured && reads) {
      header(asked, NbdTransmission.DONE, NbdTransmission.CHUNK_ERROR, NbdTransmission.ERROR_BYTES)
          .putInt(error)
          .putShort((short) 0);
    } else {
      replies
          .begin(NbdTransmission.SIMPLE_BYTES)
          .putInt(NbdTransmission.SIMPLE_MAGIC)
          .putInt(error)
          .putLong(asked.cookie);
    }
    replies.end();
  }

  /** Begins a chunk with this much data, all of which follows before it is ended. */
  ByteBuffer header(Request asked, int flags, int type, int length) {
    return put(replies.begin(NbdTransmission.CHUNK_BYTES + length), asked, flags, type, length);
  }

  static ByteBuffer put(ByteBuffer into, Request asked, int flags, int type, int length) {
    return into.putInt(NbdTransmission.CHUNK_MAGIC)
        .putShort((short) flags)
        .putShort((short) type)
        .putLong(asked.cookie)
        .putInt(length);
  }

  /** Answers BLOCK_STATUS for each context chosen. */
  void status(Request asked, BlockStore store, boolean[] contexts) {
    int last = contexts[1] ? 1 : 0;
    for (int i = 0; i <= last; i++) {
      if (contexts[i]) {
        status(asked, store, i, i == last ? NbdTransmission.DONE : 0);
      }
    }
  }

  private void status(Request asked, BlockStore store, int context, int flags) {
    int most = asked.has(NbdTransmission.REQ_ONE) ? 1 : MOST_EXTENTS;
    long end = asked.offset + Math.min(asked.length, MOST_LOOKED_AT);
    int head = NbdTransmission.CHUNK_BYTES + NbdTransmission.CONTEXT_BYTES;
    ByteBuffer into = replies.begin(head + most * NbdTransmission.EXTENT_BYTES);
    int start = into.position();
    into.position(start + head);
    int count = 0;
    for (long at = asked.offset; at < end && count < most; count++) {
      int state = state(store, context, at);
      long next = Math.min(end, (at | (Pages.SIZE - 1)) + 1);
      while (next < end && state(store, context, next) == state) {
        next = Math.min(end, next + Pages.SIZE);
      }
      into.putInt((int) (next - at)).putInt(state);
      at = next;
    }
    int extents = into.position();
    into.position(start);
    put(
            into,
            asked,
            flags,
            NbdTransmission.CHUNK_BLOCK_STATUS,
            extents - start - NbdTransmission.CHUNK_BYTES)
        .putInt(context + 1)
        .position(extents);
    replies.end();
  }

  private static int state(BlockStore store, int context, long at) {
    Source source = store.source(at >> Pages.SHIFT);
    if (context == 0) {
      return source == Source.ZERO ? NbdTransmission.STATE_HOLE | NbdTransmission.STATE_ZERO : 0;
    }
    return source == Source.DIRTY ? NbdTransmission.STATE_DIRTY : 0;
  }
}
