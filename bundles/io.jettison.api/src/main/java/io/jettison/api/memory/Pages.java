package io.jettison.api.memory;

/** Page arithmetic. */
public final class Pages {
  /** Bytes of a page. */
  public static final int SIZE = 4096;

  /** Binary logarithm of {@link #SIZE}. */
  public static final int SHIFT = 12;

  private Pages() {}

  /** How many pages hold that many bytes; the last may be partly used. */
  public static long holding(long bytes) {
    return (bytes + SIZE - 1) >>> SHIFT;
  }

  /** The byte offset of a page from pfn 0. */
  public static long offset(long pfn) {
    return pfn << SHIFT;
  }
}
