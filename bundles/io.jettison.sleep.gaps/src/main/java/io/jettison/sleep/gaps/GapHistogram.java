package io.jettison.sleep.gaps;

/**
 * Gaps as they come, in bounded memory: lengths to one part in 32, from a microsecond to twelve
 * days. Once it holds so many gaps all count half, so that what was long ago fades. Thread-safe.
 */
public final class GapHistogram {
  private static final int PRECISION = 5;
  private static final int PER_OCTAVE = 1 << PRECISION;
  private static final long LONGEST = (1L << 40) - 1;
  private static final double MICROS = 1e6;

  private final double[] weights = new double[bin(LONGEST) + 1];
  private final double most;
  private double total;
  private long added;

  /**
   * Empty.
   *
   * @param most gaps it holds before all count half
   */
  public GapHistogram(long most) {
    this.most = most;
  }

  /** Adds a gap of that many seconds. */
  public synchronized void add(double seconds) {
    double micros = Math.ceil(Math.max(0, seconds) * MICROS);
    weights[bin((long) Math.min(LONGEST, micros))]++;
    total++;
    added++;
    if (total > most) {
      total = 0;
      for (int i = 0; i < weights.length; i++) {
        weights[i] /= 2;
        total += weights[i];
      }
    }
  }

  /** Gaps ever added. */
  public synchronized long added() {
    return added;
  }

  /** What it holds; a gap counts as long as the longest that cannot be told from it. */
  public synchronized GapDistribution distribution() {
    double[] lengths = new double[weights.length];
    double[] counts = new double[weights.length];
    int size = 0;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] > 0) {
        lengths[size] = last(i) / MICROS;
        counts[size++] = weights[i];
      }
    }
    return GapDistribution.of(
        java.util.Arrays.copyOf(lengths, size), java.util.Arrays.copyOf(counts, size));
  }

  /** Up to 63 µs a bin each, then 32 in each octave. */
  private static int bin(long micros) {
    int shift = Math.max(0, Long.SIZE - 1 - Long.numberOfLeadingZeros(micros) - PRECISION);
    return PER_OCTAVE * shift + (int) (micros >>> shift);
  }

  /** The longest gap of a bin, in microseconds. */
  private static long last(int bin) {
    int shift = Math.max(0, bin / PER_OCTAVE - 1);
    return ((bin - (long) PER_OCTAVE * shift + 1) << shift) - 1;
  }
}
