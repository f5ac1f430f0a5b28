package io.jettison.lab;

/** The lab cannot go on. The message says in one line why, and what to do about it. */
final class LabException extends Exception {
  private static final long serialVersionUID = 1L;

  LabException(String message) {
    super(message);
  }

  LabException(String message, Throwable cause) {
    super(message + ": " + cause.getMessage(), cause);
  }
}
