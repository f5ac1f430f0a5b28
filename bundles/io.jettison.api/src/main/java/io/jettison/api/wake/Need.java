package io.jettison.api.wake;

/**
 * What a PC is needed for.
 *
 * @param kind of what
 * @param vm the VM's name; empty where there is none
 * @param item number of the page or block; 0 where there is none
 */
public record Need(Kind kind, String vm, long item) {
  /** Kinds of needs. */
  public enum Kind {
    /** A page a VM touched. */
    PAGE,
    /** A block a VM read. */
    BLOCK,
    /** A VM goes home. */
    RETURN,
    /** The PC owes answers and is silent. */
    SILENCE,
    /** Somebody asked for it. */
    OTHER
  }

  /** For people. */
  @Override
  public String toString() {
    return switch (kind) {
      case PAGE -> "page " + item + " of " + vm;
      case BLOCK -> "block " + item + " of " + vm;
      case RETURN -> "return of " + vm;
      case SILENCE -> "requests that are not answered";
      case OTHER -> "somebody who asked for it";
    };
  }
}
