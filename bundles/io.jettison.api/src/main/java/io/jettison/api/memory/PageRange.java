package io.jettison.api.memory;

/**
 * Consecutive pages.
 *
 * @param first pfn of the first page, not negative
 * @param count how many, at least 1
 */
public record PageRange(long first, long count) {
  /** Checks the bounds. */
  public PageRange {
    if (first < 0 || count < 1 || first > Long.MAX_VALUE - count) {
      throw new IllegalArgumentException("no page range: first " + first + ", count " + count);
    }
  }

  /** pfn after the last page. */
  public long end() {
    return first + count;
  }

  /** Whether the page is in this range. */
  public boolean contains(long pfn) {
    return pfn >= first && pfn < end();
  }
}
