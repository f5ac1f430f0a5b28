package io.jettison.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The sizes are those of the fields the package description names. */
class NbdSizesTest {
  private static final int U16 = Short.BYTES;
  private static final int U32 = Integer.BYTES;
  private static final int U64 = Long.BYTES;

  @Test
  void ofTheHandshake() {
    assertThat(NbdHandshake.GREETING_BYTES).isEqualTo(U64 + U64 + U16);
    assertThat(NbdHandshake.CLIENT_FLAGS_BYTES).isEqualTo(U32);
    assertThat(NbdHandshake.OPTION_BYTES).isEqualTo(U64 + U32 + U32);
    assertThat(NbdHandshake.REPLY_BYTES).isEqualTo(U64 + U32 + U32 + U32);
    assertThat(NbdHandshake.EXPORT_BYTES).isEqualTo(U64 + U16);
  }

  @Test
  void ofTheTransmission() {
    assertThat(NbdTransmission.REQUEST_BYTES).isEqualTo(U32 + U16 + U16 + U64 + U64 + U32);
    assertThat(NbdTransmission.SIMPLE_BYTES).isEqualTo(U32 + U32 + U64);
    assertThat(NbdTransmission.CHUNK_BYTES).isEqualTo(U32 + U16 + U16 + U64 + U32);
    assertThat(NbdTransmission.OFFSET_BYTES).isEqualTo(U64);
    assertThat(NbdTransmission.HOLE_BYTES).isEqualTo(U64 + U32);
    assertThat(NbdTransmission.ERROR_BYTES).isEqualTo(U32 + U16);
    assertThat(NbdTransmission.CONTEXT_BYTES).isEqualTo(U32);
    assertThat(NbdTransmission.EXTENT_BYTES).isEqualTo(U32 + U32);
  }

  @Test
  void theMagicNumbersAreText() {
    assertThat(text(NbdHandshake.MAGIC)).isEqualTo("NBDMAGIC");
    assertThat(text(NbdHandshake.OPTION_MAGIC)).isEqualTo("IHAVEOPT");
  }

  private static String text(long number) {
    byte[] bytes = new byte[U64];
    for (int i = 0; i < U64; i++) {
      bytes[i] = (byte) (number >>> (56 - 8 * i));
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }
}
