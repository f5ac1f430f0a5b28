package io.jettison.wire.page;

import io.jettison.api.memory.Pages;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * By what a page's contents are recognised. With <i>d</i> the SHA-256 of its 4096 bytes, its
 * <i>key</i> is the first half of <i>d</i>, and its <i>locator</i> the first half of the SHA-256 of
 * <i>d</i>: who has the page has both; who has the locator alone can neither tell the key nor the
 * page. Both are 16 bytes, here two numbers each. Not thread-safe.
 */
public final class PageDigest {
  /** Bytes of a key, and of a locator. */
  public static final int BYTES = 16;

  private static final int DIGEST_BYTES = 32;

  private final MessageDigest sha256 = sha256();
  private final byte[] digest = new byte[DIGEST_BYTES];
  private final byte[] outer = new byte[DIGEST_BYTES];
  private final ByteBuffer inDigest = ByteBuffer.wrap(digest);
  private final ByteBuffer inOuter = ByteBuffer.wrap(outer);

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Digests a page, from the position on, which is moved behind it. */
  public void of(ByteBuffer page) {
    int limit = page.limit();
    page.limit(page.position() + Pages.SIZE);
    sha256.update(page);
    page.limit(limit);
    try {
      sha256.digest(digest, 0, DIGEST_BYTES);
      sha256.update(digest);
      sha256.digest(outer, 0, DIGEST_BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException("32 bytes are enough for a SHA-256", e);
    }
  }

  /** First half of the key of the page digested last. */
  public long keyHigh() {
    return inDigest.getLong(0);
  }

  /** Second half of its key. */
  public long keyLow() {
    return inDigest.getLong(Long.BYTES);
  }

  /** First half of its locator. */
  public long locatorHigh() {
    return inOuter.getLong(0);
  }

  /** Second half of its locator. */
  public long locatorLow() {
    return inOuter.getLong(Long.BYTES);
  }
}
