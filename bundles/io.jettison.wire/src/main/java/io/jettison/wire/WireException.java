package io.jettison.wire;

import java.io.IOException;

/** A peer said something that cannot be understood: the link it came over is of no further use. */
public final class WireException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says what was wrong, in one line. */
  public WireException(String message) {
    super(message);
  }

  /** Says what was wrong, in one line. */
  public WireException(String message, Throwable cause) {
    super(message, cause);
  }
}
