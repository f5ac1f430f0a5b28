package io.jettison.cownetdisk.internal;

import io.jettison.nbd.NbdTransmission;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** A request of a client. */
final class Request {
  int flags;
  int command;
  long cookie;
  long offset;
  long length;

  /** What is to be written, if that is kept until blocks have come. */
  @Nullable ByteBuf payload;

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  long end() {
    return offset + length;
  }

  /** Takes over the fields of a request in a buffer, after its magic number. */
  void read(ByteBuf from, int at) {
    flags = from.getUnsignedShort(at + 4);
    command = from.getUnsignedShort(at + 6);
    cookie = from.getLong(at + 8);
    offset = from.getLong(at + 16);
    length = from.getUnsignedInt(at + 24);
    payload = null;
  }

  Request copy() {
    Request copy = new Request();
    copy.copyFrom(this);
    return copy;
  }

  void copyFrom(Request other) {
    flags = other.flags;
    command = other.command;
    cookie = other.cookie;
    offset = other.offset;
    length = other.length;
    payload = other.payload;
  }

  /**
   * What is wrong with it, as an error; 0 if nothing is.
   *
   * @param bytes size of the disk
   * @param structured whether structured replies were negotiated
   * @param contexts whether contexts were
   */
  int error(long bytes, boolean structured, boolean contexts) {
    int allowed = NbdTransmission.FUA;
    switch (command) {
      case NbdTransmission.READ -> allowed |= structured ? NbdTransmission.DF : 0;
      case NbdTransmission.WRITE, NbdTransmission.TRIM, NbdTransmission.CACHE -> allowed |= 0;
      case NbdTransmission.WRITE_ZEROES ->
          allowed |= NbdTransmission.NO_HOLE | NbdTransmission.FAST_ZERO;
      case NbdTransmission.BLOCK_STATUS -> {
        allowed |= NbdTransmission.REQ_ONE;
        if (!contexts) {
          return NbdTransmission.EINVAL;
        }
      }
      case NbdTransmission.FLUSH -> {
        return (flags & ~allowed) != 0 || offset != 0 || length != 0 ? NbdTransmission.EINVAL : 0;
      }
      default -> {
        return NbdTransmission.EINVAL;
      }
    }
    if ((flags & ~allowed) != 0 || length == 0) {
      return NbdTransmission.EINVAL;
    }
    boolean reads = command == NbdTransmission.READ;
    if ((reads || command == NbdTransmission.WRITE) && length > NbdTransmission.MAX_PAYLOAD) {
      return reads && structured ? NbdTransmission.EOVERFLOW : NbdTransmission.EINVAL;
    }
    if (offset < 0 || offset > bytes - length) {
      boolean writes = command == NbdTransmission.WRITE || command == NbdTransmission.WRITE_ZEROES;
      return writes ? NbdTransmission.ENOSPC : NbdTransmission.EINVAL;
    }
    return 0;
  }
}
