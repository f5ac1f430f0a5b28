package io.jettison.api;

/** A refusal met by a caller that had no other way to report it. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Outcome.Refused<?> refusal;

  /** Wraps a refusal; its one line becomes the message. */
  public RefusedException(Outcome.Refused<?> refusal) {
    super(refusal.oneLine());
    this.refusal = refusal;
  }

  /** The refusal. */
  public Outcome.Refused<?> refusal() {
    return refusal;
  }
}
