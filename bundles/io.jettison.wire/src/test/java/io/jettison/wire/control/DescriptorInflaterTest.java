package io.jettison.wire.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.wire.WireException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DescriptorInflaterTest {
  @Property(tries = 50)
  void givesBackWhatWasDeflatedHoweverItIsCut(
      @ForAll byte[] pattern, @ForAll @IntRange(min = 1, max = 300_000) int length)
      throws IOException {
    byte[] plain = new byte[length];
    for (int i = 0; i < length; i++) {
      plain[i] = pattern.length == 0 ? 0 : pattern[(i * 31 + i / 977) % pattern.length];
    }
    Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    DescriptorInflater inflater = new DescriptorInflater();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteBuffer piece = ByteBuffer.allocate(1000);
    deflater.setInput(plain);
    while (deflater.deflate(piece.clear(), Deflater.SYNC_FLUSH) > 0) {
      inflater.inflate(
          piece.flip(),
          bytes -> {
            while (bytes.hasRemaining()) {
              out.write(bytes.get());
            }
          });
    }
    deflater.end();
    inflater.close();
    assertThat(out.toByteArray()).isEqualTo(plain);
  }

  @Test
  void refusesWhatWasNeverDeflated() {
    DescriptorInflater inflater = new DescriptorInflater();
    assertThatThrownBy(
            () -> inflater.inflate(ByteBuffer.wrap(new byte[] {7, -1, 3, 9}), bytes -> {}))
        .isInstanceOf(WireException.class);
  }
}
