package io.jettison.energy;

/**
 * Energy over some time, of a PC or of one VM's share in it. Accounts of a ledger only grow: the
 * difference of two is the account of the time between.
 *
 * @param seconds how long
 * @param joules what the PC used, by the model
 * @param idleJoules what it would have used idling (Bila et al. 2015, §5.2, Eq. (1))
 * @param serverJoules what the consolidation server used for it
 */
public record Account(double seconds, double joules, double idleJoules, double serverJoules) {
  /** Nothing used. */
  public static final Account NONE = new Account(0, 0, 0, 0);

  /** Both. */
  public Account plus(Account other) {
    return new Account(
        seconds + other.seconds,
        joules + other.joules,
        idleJoules + other.idleJoules,
        serverJoules + other.serverJoules);
  }

  /** What came after an earlier state of the same account. */
  public Account minus(Account earlier) {
    return new Account(
        seconds - earlier.seconds,
        joules - earlier.joules,
        idleJoules - earlier.idleJoules,
        serverJoules - earlier.serverJoules);
  }

  /** Saved on the PC, as the paper counts: the server's energy left out. May be negative. */
  public double grossSavedJoules() {
    return idleJoules - joules;
  }

  /** Saved on the PC less what the server used for it. May be negative. */
  public double netSavedJoules() {
    return idleJoules - joules - serverJoules;
  }

  /** The share of the idle energy that was saved on the PC; 0 where there was none to save. */
  public double savedFraction() {
    return fraction(grossSavedJoules());
  }

  /** As {@link #savedFraction}, the server's energy counted. */
  public double netSavedFraction() {
    return fraction(netSavedJoules());
  }

  private double fraction(double saved) {
    return idleJoules > 0 ? saved / idleJoules : 0;
  }
}
