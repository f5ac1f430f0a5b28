package io.jettison.sleep.gaps;

import java.util.Arrays;

/** Lengths of gaps, in seconds, and how often each was seen. Immutable. */
public final class GapDistribution {
  private final double[] lengths;
  private final double[] weights;
  private final double[] sums;

  private GapDistribution(double[] lengths, double[] weights) {
    this.lengths = lengths;
    this.weights = new double[lengths.length + 1];
    this.sums = new double[lengths.length + 1];
    for (int i = 0; i < lengths.length; i++) {
      this.weights[i + 1] = this.weights[i] + weights[i];
      this.sums[i + 1] = sums[i] + weights[i] * lengths[i];
    }
  }

  /** Of a whole trace. */
  public static GapDistribution of(double... gaps) {
    double[] lengths = gaps.clone();
    Arrays.sort(lengths);
    double[] weights = new double[lengths.length];
    Arrays.fill(weights, 1);
    return new GapDistribution(lengths, weights);
  }

  /** Of lengths in ascending order, each with how often it was seen. */
  static GapDistribution of(double[] lengths, double[] weights) {
    return new GapDistribution(lengths.clone(), weights);
  }

  /** Number of lengths. */
  public int size() {
    return lengths.length;
  }

  /** The i-th length, from 0, shortest first. */
  public double length(int i) {
    return lengths[i];
  }

  /** How many gaps are longer than that. */
  public double weightAbove(double seconds) {
    return weights[lengths.length] - weights[upTo(seconds)];
  }

  /** How many gaps are longer than the first and shorter than the second. */
  public double weightBetween(double seconds, double end) {
    int from = upTo(seconds);
    return weights[Math.max(from, before(end))] - weights[from];
  }

  /** Total length of the gaps up to that long. */
  public double sumUpTo(double seconds) {
    return sums[upTo(seconds)];
  }

  /** Total length of the gaps longer than that. */
  public double sumAbove(double seconds) {
    return sums[lengths.length] - sums[upTo(seconds)];
  }

  /** Number of lengths up to that. */
  private int upTo(double seconds) {
    return before(Math.nextUp(seconds));
  }

  /** Number of lengths shorter than that. */
  private int before(double seconds) {
    int from = 0;
    int to = lengths.length;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (lengths[middle] < seconds) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }
}
