package io.jettison.bench;

/**
 * What we reach beside what a peer reaches.
 *
 * @param name what was measured
 * @param ours our figure
 * @param peer the peer's
 * @param unit of both
 * @param goal bound of ours to theirs: an upper one if less is better, else a lower one
 * @param lessIsBetter whether the goal is an upper bound
 */
record Ratio(
    String name, double ours, double peer, String unit, double goal, boolean lessIsBetter) {
  /** Time and bytes: ours may be at most {@code goal} times theirs. */
  static Ratio atMost(String name, double ours, double peer, String unit, double goal) {
    return new Ratio(name, ours, peer, unit, goal, true);
  }

  /** Throughput: ours must be at least {@code goal} times theirs. */
  static Ratio atLeast(String name, double ours, double peer, String unit, double goal) {
    return new Ratio(name, ours, peer, unit, goal, false);
  }

  double ratio() {
    return ours / peer;
  }

  boolean holds() {
    return lessIsBetter ? ratio() <= goal : ratio() >= goal;
  }
}
