package io.jettison.api.memory;

import java.util.List;

/**
 * Which pfns a guest has. Immutable.
 *
 * @param ranges ascending, not empty, not overlapping
 */
public record MemoryMap(List<PageRange> ranges) {
  /** Checks the order. */
  public MemoryMap {
    ranges = List.copyOf(ranges);
    if (ranges.isEmpty()) {
      throw new IllegalArgumentException("a guest without memory");
    }
    for (int i = 1; i < ranges.size(); i++) {
      if (ranges.get(i).first() < ranges.get(i - 1).end()) {
        throw new IllegalArgumentException("ranges overlap or are out of order: " + ranges);
      }
    }
  }

  /** A guest whose RAM is one block. */
  public static MemoryMap ofBytes(long bytes) {
    return new MemoryMap(List.of(new PageRange(0, Pages.holding(bytes))));
  }

  /** Number of pages. */
  public long pages() {
    long sum = 0;
    for (PageRange range : ranges) {
      sum += range.count();
    }
    return sum;
  }

  /** pfn after the highest page. */
  public long end() {
    return ranges.get(ranges.size() - 1).end();
  }

  /** Whether the guest has this page. */
  public boolean contains(long pfn) {
    for (int i = 0; i < ranges.size(); i++) {
      if (ranges.get(i).contains(pfn)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the guest has all these pages. */
  public boolean contains(long first, long count) {
    if (first < 0 || count < 1 || count > end()) {
      return false;
    }
    for (int i = 0; i < ranges.size(); i++) {
      PageRange range = ranges.get(i);
      if (range.contains(first)) {
        return first + count <= range.end();
      }
    }
    return false;
  }
}
