package io.jettison.desktop.internal;

import io.jettison.api.RefusedException;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import io.jettison.wire.control.ControlMessage.Kept;
import io.jettison.wire.control.ControlMessage.Keys;
import io.jettison.wire.control.Conversation;
import io.jettison.wire.page.PageDigest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recognises pages that the server kept of earlier stays: of those that are still the same, it
 * learns the key.
 */
final class Recognition {
  private static final Logger LOG = LoggerFactory.getLogger(Recognition.class);

  private final Residual residual;
  private final PageDigest digest = new PageDigest();
  private final ByteBuffer page = ByteBuffer.allocateDirect(Pages.SIZE);

  private Recognition(Residual residual) {
    this.residual = residual;
  }

  /**
   * Answers what the server said that it kept, by a stopped VM's residual.
   *
   * @return how many pages it need not fetch
   */
  static long answer(Context context, DesktopVm vm, Conversation conversation, List<Kept> all) {
    VmSpec spec = vm.ownership().spec().orElseThrow();
    try (Residual residual =
        context.drivers().get(spec.driver()).orThrow().residual(spec, vm.place).orThrow()) {
      Recognition recognition = new Recognition(residual);
      long same = 0;
      for (Kept kept : all) {
        Keys keys = recognition.judge(kept);
        same += keys.items().remaining() / Kept.ITEM_BYTES;
        conversation.send(keys);
      }
      return same;
    } catch (RefusedException | IOException e) {
      LOG.warn("{}: the server fetches what it kept", vm.name, e);
      conversation.send(new Keys(true, ByteBuffer.allocate(0)));
      return 0;
    }
  }

  private Keys judge(Kept kept) throws IOException {
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
