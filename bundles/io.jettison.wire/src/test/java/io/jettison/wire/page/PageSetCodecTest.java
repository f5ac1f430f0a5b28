package io.jettison.wire.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.wire.WireException;
import java.nio.ByteBuffer;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PageSetCodecTest {
  private static final int END = 50_000_004;

  @Property
  void comesOutAsItWentInHoweverItIsCut(
      @ForAll Set<@IntRange(max = 50_000_000) Integer> pages,
      @ForAll @IntRange(min = 10, max = 80) int room)
      throws WireException {
    PageSet set = new PageSet();
    pages.forEach(pfn -> set.add(pfn, 1 + pfn % 3));
    PageSet read = new PageSet();
    ByteBuffer message = ByteBuffer.allocate(room);
    for (long from = 0; from >= 0; ) {
      message.clear();
      from = PageSetCodec.encode(set, from, message);
      PageSetCodec.decode(message.flip(), read, END);
    }
    assertThat(read).isEqualTo(set);
  }

  @Property
  void anythingElseIsAWireException(@ForAll @Size(max = 40) byte[] garbage) {
    PageSet read = new PageSet();
    try {
      PageSetCodec.decode(ByteBuffer.wrap(garbage), read, 4096);
    } catch (WireException e) {
      assertThat(e).hasMessageNotContaining("null");
    }
    assertThat(read.next(4096)).isNegative();
  }

  @Test
  void nothingIsReadBeyondTheEnd() throws WireException {
    PageSet set = new PageSet();
    set.add(90, 10);
    ByteBuffer message = ByteBuffer.allocate(10);
    PageSetCodec.encode(set, 0, message);
    PageSet read = new PageSet();
    PageSetCodec.decode(message.flip(), read, 100);
    assertThat(read).isEqualTo(set);
    assertThatThrownBy(() -> PageSetCodec.decode(message.rewind(), new PageSet(), 99))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("90+10 of 99");
  }

  @Test
  void nothingIsReadThatNoSetHolds() {
    byte[] run = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f, 1};
    assertThatThrownBy(
            () -> PageSetCodec.decode(ByteBuffer.wrap(run), new PageSet(), Long.MAX_VALUE))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("out of bounds");
  }

  @Test
  void messagesHaveTheSizesTheirDescriptionSays() {
    assertThat(PageMessages.requestBytes(1)).isEqualTo(19);
    assertThat(PageMessages.PAGE_BYTES).isEqualTo(1 + 8 + 8 + 4 + Pages.SIZE).isEqualTo(4117);
    assertThat(PageMessages.ZEROS_BYTES).isEqualTo(1 + 8 + 8 + 4).isEqualTo(21);
    assertThat(PageMessages.REFUSAL_BYTES).isEqualTo(1 + 8 + 8).isEqualTo(17);
    long run = PageMessages.run(0xabcdef123456L, 256);
    assertThat(PageMessages.first(run)).isEqualTo(0xabcdef123456L);
    assertThat(PageMessages.count(run)).isEqualTo(256);
  }
}
