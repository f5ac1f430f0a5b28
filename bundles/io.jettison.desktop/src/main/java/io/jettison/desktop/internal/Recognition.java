package io.jettison.desktop.internal;

import io.jettison.api.RefusedException;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.Kept;
import io.jettison.wire.control.ControlMessage.Keys;
import io.jettison.wire.control.Conversation;
import io.jettison.wire.page.PageDigest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recognises pages and blocks that the server kept of earlier stays: of those that are still the
 * same, it learns the key.
 */
final class Recognition implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Recognition.class);
  private static final int MOST_AT_ONCE = 64;

  /** How much is the same. */
  record Same(long pages, long blocks) {}

  /** Reads pages of memory, or blocks of a disk, as they were at hand-over. */
  private interface Reader {
    void read(long first, ByteBuffer into) throws IOException;
  }

  private final Context context;
  private final DesktopVm vm;
  private final VmSpec spec;
  private final Conversation conversation;
  private final PageDigest digest = new PageDigest();
  private final ByteBuffer pages = ByteBuffer.allocateDirect(MOST_AT_ONCE << Pages.SHIFT);
  private final Set<Integer> unreadable = new HashSet<>();
  private @Nullable Residual memory;

  private Recognition(Context context, DesktopVm vm, Conversation conversation) {
    this.context = context;
    this.vm = vm;
    this.spec = vm.ownership().spec().orElseThrow();
    this.conversation = conversation;
  }

  /**
   * Answers what the server said that it kept, by what a stopped VM left.
   *
   * @return what it need not fetch
   */
  static Same answer(Context context, DesktopVm vm, Conversation conversation, List<Kept> all) {
    long pages = 0;
    long blocks = 0;
    try (Recognition recognition = new Recognition(context, vm, conversation)) {
      for (Kept kept : all) {
        long same = recognition.answer(kept);
        if (kept.volume() == ControlMessage.MEMORY) {
          pages += same;
        } else {
          blocks += same;
        }
      }
    }
    return new Same(pages, blocks);
  }

  private long answer(Kept kept) {
    Keys keys = new Keys(kept.volume(), kept.last(), ByteBuffer.allocate(0));
    try {
      if (kept.items().hasRemaining() && !unreadable.contains(kept.volume())) {
        keys = kept.volume() == ControlMessage.MEMORY ? memory(kept) : disk(kept);
      }
    } catch (RefusedException | IOException e) {
      unreadable.add(kept.volume()); // to wait for it again with each part would take for ever
      LOG.warn("{}: the server fetches what it kept of volume {}", vm.name, kept.volume(), e);
    }
    long same = keys.items().remaining() / Kept.ITEM_BYTES;
    conversation.send(keys);
    return same;
  }

  private Keys memory(Kept kept) throws IOException {
    Residual residual = memory;
    if (residual == null) {
      residual = context.drivers().get(spec.driver()).orThrow().residual(spec, vm.place).orThrow();
      memory = residual;
    }
    return judge(kept, residual.map(), residual::read);
  }

  private Keys disk(Kept kept) throws IOException {
    int disk = kept.volume() - 1;
    ServedDisks served =
        vm.servedDisks().orElseThrow(() -> new IOException("its disks are not served"));
    if (disk >= served.count()) {
      throw new IOException("it has no such disk");
    }
    MemoryMap map = MemoryMap.ofBytes(spec.following().get(disk).bytes());
    return judge(kept, map, (first, into) -> served.read(disk, first, into));
  }

  private Keys judge(Kept kept, MemoryMap map, Reader reader) throws IOException {
    ByteBuffer items = kept.items();
    ByteBuffer keys = ByteBuffer.allocate(items.remaining());
    while (items.hasRemaining()) {
      int count = run(items);
      long first = Integer.toUnsignedLong(items.getInt(items.position()));
      if (map.contains(first, count)) {
        pages.clear().limit(count << Pages.SHIFT);
        reader.read(first, pages);
        pages.flip();
        for (int i = 0; i < count; i++) {
          judge(items, pages.limit((i + 1) << Pages.SHIFT).position(i << Pages.SHIFT), keys);
        }
      } else {
        items.position(items.position() + count * Kept.ITEM_BYTES);
      }
    }
    return new Keys(kept.volume(), kept.last(), keys.flip());
  }

  /** How many items from here on are of pages one after the other, which are read at once. */
  private static int run(ByteBuffer items) {
    int most = Math.min(MOST_AT_ONCE, items.remaining() / Kept.ITEM_BYTES);
    int first = items.getInt(items.position());
    int count = 1;
    while (count < most
        && items.getInt(items.position() + count * Kept.ITEM_BYTES) == first + count) {
      count++;
    }
    return count;
  }

  private void judge(ByteBuffer items, ByteBuffer page, ByteBuffer keys) {
    int pfn = items.getInt();
    long high = items.getLong();
    long low = items.getLong();
    digest.of(page);
    if (digest.locatorHigh() == high && digest.locatorLow() == low) {
      keys.putInt(pfn).putLong(digest.keyHigh()).putLong(digest.keyLow());
    }
  }

  @Override
  public void close() {
    Residual residual = memory;
    if (residual != null) {
      residual.close();
    }
  }
}
