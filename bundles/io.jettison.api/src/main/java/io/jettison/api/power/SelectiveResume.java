package io.jettison.api.power;

/**
 * Times and powers of a PC that wakes for one thing alone and sleeps again (Bila et al. 2015, §7
 * and Table V: CAESAR).
 *
 * @param resumeSeconds from the wake-up to the answer
 * @param resumeWatts meanwhile
 * @param suspendSeconds from the answer to sleep
 * @param suspendWatts meanwhile
 */
public record SelectiveResume(
    double resumeSeconds, double resumeWatts, double suspendSeconds, double suspendWatts) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is negative or not a number
   */
  public SelectiveResume {
    if (!(resumeSeconds >= 0)
        || !(resumeWatts >= 0)
        || !(suspendSeconds >= 0)
        || !(suspendWatts >= 0)) {
      throw new IllegalArgumentException("selective resume: times and powers must not be negative");
    }
  }

  /** As {@link PowerProfile#spedUp}. */
  SelectiveResume spedUp(double factor) {
    return new SelectiveResume(
        resumeSeconds / factor, resumeWatts, suspendSeconds / factor, suspendWatts);
  }
}
