package io.jettison.api.memory;

import java.util.BitSet;

/** A set of pages. Mutable; not thread-safe. Holds pfns below 2^31 (8 TiB of guest memory). */
public final class PageSet {
  /** Receives the runs of a set, ascending and as long as possible. */
  @FunctionalInterface
  public interface RangeVisitor {
    /** Takes one run of {@code count} pages beginning at {@code first}. */
    void range(long first, long count);
  }

  private final BitSet bits;

  /** An empty set. */
  public PageSet() {
    this(new BitSet());
  }

  private PageSet(BitSet bits) {
    this.bits = bits;
  }

  /** A set of its own with the same pages. */
  public PageSet copy() {
    return new PageSet((BitSet) bits.clone());
  }

  /** Adds a run of pages. */
  public void add(long first, long count) {
    bits.set(Math.toIntExact(first), Math.toIntExact(first + count));
  }

  /** Adds a page; returns whether it was new. */
  public boolean add(long pfn) {
    int index = Math.toIntExact(pfn);
    boolean fresh = !bits.get(index);
    bits.set(index);
    return fresh;
  }

  /** Removes a page. */
  public void remove(long pfn) {
    bits.clear(Math.toIntExact(pfn));
  }

  /** Adds all pages of the other set. */
  public void addAll(PageSet other) {
    bits.or(other.bits);
  }

  /** Removes all pages of the other set. */
  public void removeAll(PageSet other) {
    bits.andNot(other.bits);
  }

  /** Whether the page is in the set. */
  public boolean contains(long pfn) {
    return pfn >= 0 && pfn <= Integer.MAX_VALUE && bits.get((int) pfn);
  }

  /** First page of the set at or after {@code pfn}, or -1. */
  public long next(long pfn) {
    return bits.nextSetBit(Math.toIntExact(pfn));
  }

  /** First page not in the set at or after {@code pfn}. */
  public long nextAbsent(long pfn) {
    return bits.nextClearBit(Math.toIntExact(pfn));
  }

  /** Number of pages. */
  public long size() {
    return bits.cardinality();
  }

  /** Whether there is no page. */
  public boolean isEmpty() {
    return bits.isEmpty();
  }

  /** Visits the runs, ascending. */
  public void forEachRange(RangeVisitor visitor) {
    for (int first = bits.nextSetBit(0); first >= 0; ) {
      int end = bits.nextClearBit(first);
      visitor.range(first, end - first);
      first = bits.nextSetBit(end);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PageSet set && bits.equals(set.bits);
  }

  @Override
  public int hashCode() {
    return bits.hashCode();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("[");
    forEachRange(
        (first, count) ->
            text.append(text.length() > 1 ? " " : "").append(first).append('+').append(count));
    return text.append(']').toString();
  }
}
