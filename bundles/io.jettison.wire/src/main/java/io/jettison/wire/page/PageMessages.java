package io.jettison.wire.page;

import io.jettison.api.memory.Pages;

/** Shapes of the page protocol's messages; see the package description. Numbers are big-endian. */
public final class PageMessages {
  /** Asks for pages. */
  public static final byte REQUEST = 1;

  /** A page with contents. */
  public static final byte PAGE = 2;

  /** Pages without contents: they read as zeros. */
  public static final byte ZEROS = 3;

  /** No page: the request cannot be served. */
  public static final byte REFUSAL = 4;

  /** A page with contents, compressed. */
  public static final byte PACKED = 5;

  /** Index of the epoch in every message. */
  public static final int EPOCH_AT = 1;

  /** Index of the (first) pfn in every reply. */
  public static final int PFN_AT = 9;

  /** Index of a request's count of runs. */
  public static final int COUNT_AT = 9;

  /** Index of a request's first run. */
  public static final int REQUEST_HEADER = 11;

  /** Most pages one request asks for. */
  public static final int MAX_REQUESTED = 256;

  /** Index of the number of pages without contents. */
  public static final int ZEROS_COUNT_AT = 17;

  /** Index of a page's check sum. */
  public static final int CRC_AT = 17;

  /** Index of a page's contents. */
  public static final int CONTENTS_AT = 21;

  /** Bytes of a page reply. */
  public static final int PAGE_BYTES = CONTENTS_AT + Pages.SIZE;

  /** Bytes of a reply about pages without contents. */
  public static final int ZEROS_BYTES = 21;

  /** Bytes of a refusal without its reason. */
  public static final int REFUSAL_BYTES = 17;

  private static final int COUNT_SHIFT = 48;
  private static final long PFN_MASK = (1L << COUNT_SHIFT) - 1;

  private PageMessages() {}

  /** Bytes of a request for that many runs. */
  public static int requestBytes(int runs) {
    return REQUEST_HEADER + Long.BYTES * runs;
  }

  /** A run of pages as a request holds it. */
  public static long run(long first, int count) {
    return (long) (count - 1) << COUNT_SHIFT | first;
  }

  /** First pfn of a run. */
  public static long first(long run) {
    return run & PFN_MASK;
  }

  /** Number of pages of a run. */
  public static int count(long run) {
    return (int) (run >>> COUNT_SHIFT) + 1;
  }
}
