package io.jettison.vm;

/**
 * How a VM that is away has the pages and blocks it misses.
 *
 * @param state how
 * @param policy who chose so
 * @param why one line, for people
 * @param came pages and blocks that came to the server's disk in this stay, to be had there
 * @param left those the server still lacks; 0 if that is not known, or none
 */
public record Residence(State state, String policy, String why, long came, long left) {
  /** How missing pages are had. */
  public enum State {
    /** Its PC is woken for them. */
    MICROSLEEP,
    /** The cold rest is on its way to the server's disk. */
    PARKING,
    /** The server has all of it. */
    PARKED
  }
}
