package io.jettison.desktop.internal;

import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import io.jettison.wire.control.ControlMessage.Kept;
import io.jettison.wire.control.ControlMessage.Keys;
import io.jettison.wire.page.PageDigest;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Recognises pages that the server kept of earlier stays: of those that are still the same, it
 * learns the key.
 */
final class Recognition {
  private final Residual residual;
  private final PageDigest digest = new PageDigest();
  private final ByteBuffer page = ByteBuffer.allocateDirect(Pages.SIZE);

  /** Compares with a residual, which stays the caller's. */
  Recognition(Residual residual) {
    this.residual = residual;
  }

  /** The answer to what the server kept. */
  Keys judge(Kept kept) throws IOException {
    ByteBuffer items = kept.items();
    ByteBuffer keys = ByteBuffer.allocate(items.remaining());
    while (items.hasRemaining()) {
      int pfn = items.getInt();
      long high = items.getLong();
      long low = items.getLong();
      if (residual.map().contains(pfn) && isSame(pfn, high, low)) {
        keys.putInt(pfn).putLong(digest.keyHigh()).putLong(digest.keyLow());
      }
    }
    return new Keys(kept.last(), keys.flip());
  }

  private boolean isSame(long pfn, long locatorHigh, long locatorLow) throws IOException {
    page.clear();
    residual.read(pfn, page);
    digest.of(page.flip());
    return digest.locatorHigh() == locatorHigh && digest.locatorLow() == locatorLow;
  }
}
