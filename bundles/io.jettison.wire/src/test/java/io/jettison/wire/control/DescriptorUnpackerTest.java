package io.jettison.wire.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.wire.WireException;
import io.jettison.wire.control.ControlMessage.DescriptorPart;
import java.nio.ByteBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DescriptorUnpackerTest {
  private final DescriptorPacker packer = new DescriptorPacker();
  private final DescriptorUnpacker unpacker = new DescriptorUnpacker();

  @Property(tries = 200)
  void givesBackWhatWasPacked(
      @ForAll byte[] pattern, @ForAll @IntRange(min = 1, max = ControlCodec.BULK_BYTES) int length)
      throws WireException {
    byte[] plain = new byte[length];
    for (int i = 0; i < length; i++) {
      plain[i] = pattern.length == 0 ? 0 : pattern[(i * 31 + i / 977) % pattern.length];
    }
    DescriptorPart part = packer.pack(ByteBuffer.wrap(plain));
    assertThat(part.length()).isEqualTo(length);
    assertThat(part.block().remaining()).isLessThanOrEqualTo(length);
    assertThat(unpacker.unpack(part)).isEqualTo(ByteBuffer.wrap(plain));
  }

  @Property
  void refusesWhatWasNeverPacked(@ForAll byte[] block, @ForAll int length) {
    try {
      ByteBuffer piece = unpacker.unpack(new DescriptorPart(length, ByteBuffer.wrap(block)));
      assertThat(piece.remaining()).isEqualTo(length);
    } catch (WireException refused) {
      assertThat(refused).hasMessageContaining("descriptor");
    }
  }

  @Test
  void refusesWhatIsTooLong() {
    byte[] block = new byte[ControlCodec.BULK_BYTES + 1];
    assertThatThrownBy(
            () -> unpacker.unpack(new DescriptorPart(block.length, ByteBuffer.wrap(block))))
        .isInstanceOf(WireException.class);
  }
}
