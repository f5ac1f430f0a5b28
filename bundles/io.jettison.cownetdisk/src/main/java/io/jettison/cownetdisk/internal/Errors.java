package io.jettison.cownetdisk.internal;

import io.jettison.nbd.NbdTransmission;
import java.io.IOException;
import java.util.List;

/** What the protocol calls a failure. */
final class Errors {
  /** What the C library says of ENOSPC, EDQUOT and EFBIG: Java tells nothing else. */
  private static final List<String> NO_ROOM =
      List.of("No space left on device", "Disk quota exceeded", "File too large");

  private Errors() {}

  static int of(IOException failure) {
    String message = String.valueOf(failure.getMessage());
    return NO_ROOM.stream().anyMatch(message::contains)
        ? NbdTransmission.ENOSPC
        : NbdTransmission.EIO;
  }
}
