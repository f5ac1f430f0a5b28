package io.jettison.api.power;

import java.util.Optional;

/**
 * One thing of a PC that sleeping or waking depends on.
 *
 * @param what it is, in a word or two
 * @param state how it is
 * @param text one line: what was found
 * @param remedy one line: what to do about it; empty if there is nothing to do
 */
public record Finding(String what, State state, String text, Optional<String> remedy) {
  /** How it is. */
  public enum State {
    /** As it should be. */
    OK,
    /** The PC sleeps and wakes, but not as well as it might. */
    WARNING,
    /** The PC cannot sleep, or would not be woken. */
    MISSING
  }

  /** As it should be. */
  public static Finding ok(String what, String text) {
    return new Finding(what, State.OK, text, Optional.empty());
  }

  /** Could be better. */
  public static Finding warning(String what, String text, String remedy) {
    return new Finding(what, State.WARNING, text, Optional.of(remedy));
  }

  /** Stands in the way. */
  public static Finding missing(String what, String text, String remedy) {
    return new Finding(what, State.MISSING, text, Optional.of(remedy));
  }
}
