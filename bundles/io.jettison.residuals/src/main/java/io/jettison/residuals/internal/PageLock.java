package io.jettison.residuals.internal;

import io.jettison.api.memory.Pages;
import io.jettison.wire.page.PageDigest;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts pages with AES-128 in counter mode under the key that their contents give. A key is used
 * for one page alone, so that the counter may begin at zero each time. Not thread-safe.
 */
final class PageLock {
  private static final IvParameterSpec COUNTER = new IvParameterSpec(new byte[16]);

  private final Cipher cipher;
  private final PageDigest digest = new PageDigest();
  private final byte[] key = new byte[PageDigest.BYTES];
  private final ByteBuffer inKey = ByteBuffer.wrap(key);

  PageLock() {
    try {
      cipher = Cipher.getInstance("AES/CTR/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has AES", e);
    }
  }

  /** Encrypts a page; both buffers are moved behind it. */
  void lock(ByteBuffer page, long keyHigh, long keyLow, ByteBuffer into) {
    transform(Cipher.ENCRYPT_MODE, page, keyHigh, keyLow, into);
  }

  /**
   * Decrypts a page; both buffers are moved behind it.
   *
   * @return whether the outcome is the page of this key and locator
   */
  boolean unlock(
      ByteBuffer locked,
      long keyHigh,
      long keyLow,
      long locatorHigh,
      long locatorLow,
      ByteBuffer into) {
    int at = into.position();
    transform(Cipher.DECRYPT_MODE, locked, keyHigh, keyLow, into);
    into.position(at);
    digest.of(into);
    return digest.keyHigh() == keyHigh
        && digest.keyLow() == keyLow
        && digest.locatorHigh() == locatorHigh
        && digest.locatorLow() == locatorLow;
  }

  private void transform(int mode, ByteBuffer from, long keyHigh, long keyLow, ByteBuffer into) {
    inKey.putLong(0, keyHigh).putLong(Long.BYTES, keyLow);
    int limit = from.limit();
    from.limit(from.position() + Pages.SIZE);
    try {
      cipher.init(mode, new SecretKeySpec(key, "AES"), COUNTER);
      cipher.doFinal(from, into);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a page is a whole number of blocks", e);
    }
    from.limit(limit);
  }
}
