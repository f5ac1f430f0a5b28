package io.jettison.wire.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.memory.Pages;
import io.jettison.wire.WireException;
import java.nio.ByteBuffer;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class PageBlockTest {
  private final PageBlock one = new PageBlock(8);
  private final PageBlock other = new PageBlock(8);

  @Property(tries = 100)
  void whatWasPackedIsUnpacked(
      @ForAll @IntRange(min = 1, max = 8) int count, @ForAll long seed, @ForAll boolean dense)
      throws WireException {
    ByteBuffer pages = pages(count, seed, dense);
    assertThat(other.unpack(one.pack(pages), count)).isEqualTo(pages);
  }

  @Property(tries = 100)
  void whatIsDamagedIsRefusedOrAnotherPage(
      @ForAll @IntRange(min = 1, max = 8) int count,
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 7) int bit) {
    ByteBuffer packed = one.pack(pages(count, seed, false));
    int at = new Random(seed).nextInt(packed.limit());
    packed.put(at, (byte) (packed.get(at) ^ 1 << bit));
    try {
      assertThat(other.unpack(packed, count).remaining()).isEqualTo(count * Pages.SIZE);
    } catch (WireException e) {
      assertThat(e).hasMessageContaining("block of pages");
    }
  }

  @Property(tries = 20)
  void anotherCountIsRefused(@ForAll @IntRange(min = 1, max = 7) int count, @ForAll long seed) {
    ByteBuffer packed = one.pack(pages(count, seed, true));
    for (int wrong : new int[] {-1, 0, count + 1, 9, Integer.MAX_VALUE}) {
      assertThatThrownBy(() -> other.unpack(packed, wrong)).isInstanceOf(WireException.class);
    }
  }

  private static ByteBuffer pages(int count, long seed, boolean dense) {
    ByteBuffer pages = ByteBuffer.allocateDirect(count * Pages.SIZE);
    Random random = new Random(seed);
    while (pages.hasRemaining()) {
      pages.putLong(dense ? random.nextLong() : random.nextInt(4));
    }
    return pages.flip();
  }
}
