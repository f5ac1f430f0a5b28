package io.jettison.cownetdisk.internal;

import static io.jettison.nbd.NbdHandshake.CLIENT_FLAGS_BYTES;
import static io.jettison.nbd.NbdHandshake.EXPORT_BYTES;
import static io.jettison.nbd.NbdHandshake.FIXED_NEWSTYLE;
import static io.jettison.nbd.NbdHandshake.GREETING_BYTES;
import static io.jettison.nbd.NbdHandshake.INFO_BLOCK_SIZE;
import static io.jettison.nbd.NbdHandshake.INFO_DESCRIPTION;
import static io.jettison.nbd.NbdHandshake.INFO_EXPORT;
import static io.jettison.nbd.NbdHandshake.INFO_NAME;
import static io.jettison.nbd.NbdHandshake.MAGIC;
import static io.jettison.nbd.NbdHandshake.NO_ZEROES;
import static io.jettison.nbd.NbdHandshake.OPTION_BYTES;
import static io.jettison.nbd.NbdHandshake.OPTION_MAGIC;
import static io.jettison.nbd.NbdHandshake.OPT_ABORT;
import static io.jettison.nbd.NbdHandshake.OPT_EXPORT_NAME;
import static io.jettison.nbd.NbdHandshake.OPT_GO;
import static io.jettison.nbd.NbdHandshake.OPT_INFO;
import static io.jettison.nbd.NbdHandshake.OPT_LIST;
import static io.jettison.nbd.NbdHandshake.OPT_LIST_META_CONTEXT;
import static io.jettison.nbd.NbdHandshake.OPT_SET_META_CONTEXT;
import static io.jettison.nbd.NbdHandshake.OPT_STARTTLS;
import static io.jettison.nbd.NbdHandshake.OPT_STRUCTURED_REPLY;
import static io.jettison.nbd.NbdHandshake.PADDING_BYTES;
import static io.jettison.nbd.NbdHandshake.REPLY_BYTES;
import static io.jettison.nbd.NbdHandshake.REPLY_MAGIC;
import static io.jettison.nbd.NbdHandshake.REP_ACK;
import static io.jettison.nbd.NbdHandshake.REP_ERR_INVALID;
import static io.jettison.nbd.NbdHandshake.REP_ERR_UNKNOWN;
import static io.jettison.nbd.NbdHandshake.REP_ERR_UNSUP;
import static io.jettison.nbd.NbdHandshake.REP_INFO;
import static io.jettison.nbd.NbdHandshake.REP_META_CONTEXT;
import static io.jettison.nbd.NbdHandshake.REP_SERVER;

import io.jettison.nbd.NbdTransmission;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The first phase of a connection: the client chooses an export, and what to speak. */
final class Handshake {
  /** What came of a step. */
  enum Step {
    /** More bytes are needed. */
    MORE,
    /** An option was answered. */
    NEXT,
    /** The transmission begins. */
    GO,
    /** The connection ends, once what was said has left. */
    END
  }

  /** Contexts of block status; the id of each is its place, counted from 1. */
  static final List<String> CONTEXTS =
      List.of(NbdTransmission.CONTEXT_ALLOCATION, NbdTransmission.CONTEXT_DIRTY);

  private static final int MAX_DATA = 64 << 10;
  private static final int PREFERRED = 4096;

  private final String export;
  private final long bytes;
  private final Replies replies;
  private boolean answered;
  private boolean padding;
  private boolean structured;
  private boolean[] contexts = new boolean[CONTEXTS.size()];

  Handshake(String export, long bytes, Replies replies) {
    this.export = export;
    this.bytes = bytes;
    this.replies = replies;
  }

  void greet() {
    replies
        .begin(GREETING_BYTES)
        .putLong(MAGIC)
        .putLong(OPTION_MAGIC)
        .putShort((short) (FIXED_NEWSTYLE | NO_ZEROES));
    replies.end();
  }

  boolean isStructured() {
    return structured;
  }

  /** Whether each of {@link #CONTEXTS} was chosen. */
  boolean[] contexts() {
    return contexts.clone();
  }

  Step step(ByteBuf in) {
    if (!answered) {
      return clientFlags(in);
    }
    if (in.readableBytes() < OPTION_BYTES) {
      return Step.MORE;
    }
    int at = in.readerIndex();
    long length = in.getUnsignedInt(at + 12);
    if (in.getLong(at) != OPTION_MAGIC || length > MAX_DATA) {
      return Step.END;
    }
    if (in.readableBytes() < OPTION_BYTES + length) {
      return Step.MORE;
    }
    int option = in.getInt(at + 8);
    in.skipBytes(OPTION_BYTES);
    byte[] data = new byte[(int) length];
    in.readBytes(data);
    return option(option, ByteBuffer.wrap(data));
  }

  private Step clientFlags(ByteBuf in) {
    if (in.readableBytes() < CLIENT_FLAGS_BYTES) {
      return Step.MORE;
    }
    int flags = in.readInt();
    answered = true;
    padding = (flags & NO_ZEROES) == 0;
    return (flags & ~(FIXED_NEWSTYLE | NO_ZEROES)) == 0 ? Step.NEXT : Step.END;
  }

  private Step option(int option, ByteBuffer data) {
    switch (option) {
      case OPT_EXPORT_NAME -> {
        return exportName(data);
      }
      case OPT_ABORT -> {
        reply(option, REP_ACK);
        return Step.END;
      }
      case OPT_LIST -> list(data);
      case OPT_INFO, OPT_GO -> {
        return info(option, data) && option == OPT_GO ? Step.GO : Step.NEXT;
      }
      case OPT_STRUCTURED_REPLY -> {
        if (data.hasRemaining()) {
          refuse(option, REP_ERR_INVALID, "no data are expected");
        } else {
          structured = true;
          reply(option, REP_ACK);
        }
      }
      case OPT_LIST_META_CONTEXT, OPT_SET_META_CONTEXT -> metaContexts(option, data);
      case OPT_STARTTLS -> {
        if (data.hasRemaining()) {
          refuse(option, REP_ERR_INVALID, "no data are expected");
        } else {
          refuse(option, REP_ERR_UNSUP, "this is a socket of this host: no TLS");
        }
      }
      default -> refuse(option, REP_ERR_UNSUP, "not known here");
    }
    return Step.NEXT;
  }

  private boolean isExport(@Nullable String name) {
    return name != null && (name.isEmpty() || name.equals(export));
  }

  private Step exportName(ByteBuffer data) {
    if (!isExport(text(data, data.remaining()))) {
      return Step.END; // the option has no other way to fail
    }
    int zeros = padding ? PADDING_BYTES : 0;
    ByteBuffer into = replies.begin(EXPORT_BYTES + zeros);
    into.putLong(bytes).putShort((short) flags()).put(new byte[zeros]);
    replies.end();
    return Step.GO;
  }

  private int flags() {
    return NbdTransmission.HAS_FLAGS
        | NbdTransmission.SEND_FLUSH
        | NbdTransmission.SEND_FUA
        | NbdTransmission.SEND_TRIM
        | NbdTransmission.SEND_WRITE_ZEROES
        | NbdTransmission.SEND_FAST_ZERO
        | NbdTransmission.SEND_CACHE
        | NbdTransmission.CAN_MULTI_CONN
        | (structured ? NbdTransmission.SEND_DF : 0);
  }

  private void list(ByteBuffer data) {
    if (data.hasRemaining()) {
      refuse(OPT_LIST, REP_ERR_INVALID, "no data are expected");
      return;
    }
    byte[] name = export.getBytes(StandardCharsets.UTF_8);
    header(OPT_LIST, REP_SERVER, Integer.BYTES + name.length).putInt(name.length).put(name);
    replies.end();
    reply(OPT_LIST, REP_ACK);
  }

  /** Answers INFO and GO; returns whether it succeeded. */
  private boolean info(int option, ByteBuffer data) {
    String name = string(data);
    int count = data.remaining() < Short.BYTES ? -1 : Short.toUnsignedInt(data.getShort());
    if (name == null || data.remaining() != Short.BYTES * count) {
      refuse(option, REP_ERR_INVALID, "the data are of a wrong length");
      return false;
    }
    if (!isExport(name)) {
      refuse(option, REP_ERR_UNKNOWN, "no such export: there is " + export + " only");
      return false;
    }
    header(option, REP_INFO, Short.BYTES + EXPORT_BYTES)
        .putShort((short) INFO_EXPORT)
        .putLong(bytes)
        .putShort((short) flags());
    replies.end();
    for (int i = 0; i < count; i++) {
      switch (data.getShort()) {
        case INFO_NAME -> info(option, INFO_NAME, export);
        case INFO_DESCRIPTION -> info(option, INFO_DESCRIPTION, "a disk of a partial VM");
        case INFO_BLOCK_SIZE -> {
          header(option, REP_INFO, Short.BYTES + 3 * Integer.BYTES)
              .putShort((short) INFO_BLOCK_SIZE)
              .putInt(1)
              .putInt(PREFERRED)
              .putInt(NbdTransmission.MAX_PAYLOAD);
          replies.end();
        }
        default -> {
          // what is not known is not answered
        }
      }
    }
    reply(option, REP_ACK);
    return true;
  }

  private void info(int option, int info, String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    header(option, REP_INFO, Short.BYTES + encoded.length).putShort((short) info).put(encoded);
    replies.end();
  }

  private void metaContexts(int option, ByteBuffer data) {
    boolean set = option == OPT_SET_META_CONTEXT;
    if (set) {
      contexts = new boolean[CONTEXTS.size()]; // also if it fails
    }
    String name = string(data);
    List<String> queries = queries(data);
    if (name == null || queries == null || !structured) {
      refuse(
          option, REP_ERR_INVALID, structured ? "of a wrong length" : "needs structured replies");
    } else if (!isExport(name)) {
      refuse(option, REP_ERR_UNKNOWN, "no such export: there is " + export + " only");
    } else {
      for (int i = 0; i < CONTEXTS.size(); i++) {
        String context = CONTEXTS.get(i);
        String namespace = context.substring(0, context.indexOf(':') + 1);
        boolean listed = !set && (queries.isEmpty() || queries.contains(namespace));
        if (listed || queries.contains(context)) {
          byte[] text = context.getBytes(StandardCharsets.UTF_8);
          header(option, REP_META_CONTEXT, Integer.BYTES + text.length)
              .putInt(set ? i + 1 : 0)
              .put(text);
          replies.end();
          contexts[i] |= set;
        }
      }
      reply(option, REP_ACK);
    }
  }

  /** The queries; null if they are not as long as they should be. */
  private static @Nullable List<String> queries(ByteBuffer data) {
    if (data.remaining() < Integer.BYTES) {
      return null;
    }
    List<String> queries = new ArrayList<>();
    long count = Integer.toUnsignedLong(data.getInt());
    for (long i = 0; i < count; i++) {
      String query = string(data);
      if (query == null) {
        return null;
      }
      queries.add(query);
    }
    return data.hasRemaining() ? null : queries;
  }

  /** A string with its length before it; null if it is cut short. */
  private static @Nullable String string(ByteBuffer data) {
    if (data.remaining() < Integer.BYTES) {
      return null;
    }
    long length = Integer.toUnsignedLong(data.getInt());
    return length > data.remaining() ? null : text(data, (int) length);
  }

  private static String text(ByteBuffer data, int length) {
    byte[] bytes = new byte[length];
    data.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private void refuse(int option, int error, String why) {
    byte[] text = why.getBytes(StandardCharsets.UTF_8);
    header(option, error, text.length).put(text);
    replies.end();
  }

  private void reply(int option, int type) {
    header(option, type, 0);
    replies.end();
  }

  private ByteBuffer header(int option, int type, int length) {
    return replies
        .begin(REPLY_BYTES + length)
        .putLong(REPLY_MAGIC)
        .putInt(option)
        .putInt(type)
        .putInt(length);
  }
}
