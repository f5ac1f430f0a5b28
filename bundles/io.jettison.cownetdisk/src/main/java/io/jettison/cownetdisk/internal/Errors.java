package io.jettison.cownetdisk.internal;

import io.jettison.nbd.NbdTransmission;
import io.netty.channel.unix.Errors.NativeIoException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Set;

/** What the protocol calls a failure. */
final class Errors {
  /** What the C library says of ENOSPC, EDQUOT and EFBIG: Java tells nothing else. */
  private static final List<String> NO_ROOM =
      List.of("No space left on device", "Disk quota exceeded", "File too large");

  private static final Set<Integer> GONE =
      Set.of(
          io.netty.channel.unix.Errors.ERRNO_EPIPE_NEGATIVE,
          io.netty.channel.unix.Errors.ERRNO_ECONNRESET_NEGATIVE);

  private Errors() {}

  static int of(IOException failure) {
    String message = String.valueOf(failure.getMessage());
    return NO_ROOM.stream().anyMatch(message::contains)
        ? NbdTransmission.ENOSPC
        : NbdTransmission.EIO;
  }

  /** Whether a write to a client failed because the client is gone, or its connection closed. */
  static boolean isOfClient(Throwable failure) {
    return failure instanceof ClosedChannelException
        || (failure instanceof NativeIoException error && GONE.contains(error.expectedErr()));
  }
}
