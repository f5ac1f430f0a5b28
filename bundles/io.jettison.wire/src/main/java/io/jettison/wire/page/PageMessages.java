package io.jettison.wire.page;

import io.jettison.api.memory.Pages;

/** Shapes of the page protocol's messages; see the package description. Numbers are big-endian. */
public final class PageMessages {
  /** Asks for pages. */
  public static final byte REQUEST = 1;

  /** A page with contents. */
  public static final byte PAGE = 2;

  /** A page without contents: it reads as zeros. */
  public static final byte ZERO = 3;

  /** No page: the request cannot be served. */
  public static final byte REFUSAL = 4;

  /** Index of the epoch in every message. */
  public static final int EPOCH_AT = 1;

  /** Index of the pfn in every reply. */
  public static final int PFN_AT = 9;

  /** Index of a request's count. */
  public static final int COUNT_AT = 9;

  /** Index of a request's first pfn. */
  public static final int REQUEST_HEADER = 11;

  /** Most pages one request asks for. */
  public static final int MAX_REQUESTED = 256;

  /** Index of a page's check sum. */
  public static final int CRC_AT = 17;

  /** Index of a page's contents. */
  public static final int CONTENTS_AT = 21;

  /** Bytes of a page reply. */
  public static final int PAGE_BYTES = CONTENTS_AT + Pages.SIZE;

  /** Bytes of a zero reply, and of a refusal without its reason. */
  public static final int ZERO_BYTES = 17;

  private PageMessages() {}

  /** Bytes of a request for that many pages. */
  public static int requestBytes(int pages) {
    return REQUEST_HEADER + Long.BYTES * pages;
  }
}
