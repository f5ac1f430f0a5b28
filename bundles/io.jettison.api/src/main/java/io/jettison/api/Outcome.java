package io.jettison.api;

import java.util.function.Function;

/**
 * What came of something that may be refused in the normal course of things. A refusal is data, not
 * an exception: it says in one line why, and in one line what the reader can do about it. Nothing
 * has changed when an operation was refused unless its documentation says so.
 *
 * @param <T> what a successful operation yields; {@link Nothing} where there is nothing to yield
 */
public sealed interface Outcome<T> {
  /** The operation was carried out. */
  record Done<T>(T value) implements Outcome<T> {}

  /**
   * The operation was not carried out.
   *
   * @param reason one line, no full stop at its end: what stands in the way
   * @param remedy one line: the way out, as exact as possible
   */
  record Refused<T>(String reason, String remedy) implements Outcome<T> {
    /** The same refusal of an operation that would have yielded something else. */
    public <U> Outcome<U> as() {
      return new Refused<>(reason, remedy);
    }

    /** Reason and remedy in one line, as shown to people. */
    public String oneLine() {
      return reason + " (" + remedy + ")";
    }
  }

  /** The value of an operation that yields none. */
  enum Nothing {
    NOTHING
  }

  /** A carried-out operation that yields nothing. */
  static Outcome<Nothing> done() {
    return new Done<>(Nothing.NOTHING);
  }

  /** A carried-out operation. */
  static <T> Outcome<T> done(T value) {
    return new Done<>(value);
  }

  /** A refused operation. */
  static <T> Outcome<T> refused(String reason, String remedy) {
    return new Refused<>(reason, remedy);
  }

  /** Goes on with the value, or passes the refusal along. */
  default <U> Outcome<U> then(Function<? super T, Outcome<U>> next) {
    if (this instanceof Done<T> done) {
      return next.apply(done.value());
    }
    return ((Refused<T>) this).as();
  }

  /** Whether the operation was carried out. */
  default boolean isDone() {
    return this instanceof Done<T>;
  }

  /**
   * The value of a carried-out operation.
   *
   * @throws RefusedException if it was refused
   */
  default T orThrow() {
    if (this instanceof Done<T> done) {
      return done.value();
    }
    Refused<T> refused = (Refused<T>) this;
    throw new RefusedException(refused);
  }
}
