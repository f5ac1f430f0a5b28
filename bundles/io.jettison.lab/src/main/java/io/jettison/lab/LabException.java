package io.jettison.lab;

/** The lab cannot go on. The message says in one line why, and what to do about it. */
public final class LabException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With what is wrong. */
  public LabException(String message) {
    super(message);
  }

  /** With what is wrong, and what it came from. */
  public LabException(String message, Throwable cause) {
    super(message + ": " + cause.getMessage(), cause);
  }
}
