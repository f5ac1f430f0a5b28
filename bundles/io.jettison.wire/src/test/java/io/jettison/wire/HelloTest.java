package io.jettison.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.Outcome.Refused;
import io.jettison.wire.Hello.Purpose;
import java.nio.ByteBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class HelloTest {
  @Property
  void comesOutAsItWentIn(
      @ForAll Purpose purpose,
      @ForAll @AlphaChars @StringLength(max = 64) String desktop,
      @ForAll @AlphaChars @StringLength(max = 64) String vm,
      @ForAll long epoch)
      throws WireException {
    Hello hello = new Hello(Hello.VERSION, purpose, desktop, vm, epoch);
    ByteBuffer bytes = ByteBuffer.allocate(HelloCodec.MAX_BYTES);
    HelloCodec.encode(hello, bytes);
    assertThat(bytes.position())
        .isEqualTo(HelloCodec.FIXED_BYTES + 4 + desktop.length() + vm.length());
    assertThat(HelloCodec.decode(bytes.flip())).isEqualTo(hello);
  }

  @Property
  void anythingElseIsAWireException(@ForAll @Size(max = 64) byte[] garbage) {
    try {
      HelloCodec.decode(ByteBuffer.wrap(garbage));
    } catch (WireException e) {
      assertThat(e).hasMessageNotContaining("null");
    }
  }

  @Property
  void cutShortIsAWireException(@ForAll @AlphaChars @StringLength(max = 20) String name) {
    ByteBuffer bytes = ByteBuffer.allocate(HelloCodec.MAX_BYTES);
    HelloCodec.encode(new Hello(Hello.VERSION, Purpose.PAGES, name, name, 7), bytes);
    bytes.flip();
    for (int length = 0; length < bytes.limit(); length++) {
      ByteBuffer cut = bytes.duplicate().limit(length);
      assertThatThrownBy(() -> HelloCodec.decode(cut)).isInstanceOf(WireException.class);
    }
  }

  @Test
  void anotherVersionIsReadAsFarAsItsVersion() throws WireException {
    ByteBuffer bytes = ByteBuffer.allocate(100);
    bytes.putInt(HelloCodec.MAGIC).putShort((short) 9).put(new byte[50]).flip();
    assertThat(HelloCodec.decode(bytes).version()).isEqualTo(9);
  }

  @Property
  void aRefusalKeepsItsWords(@ForAll @StringLength(max = 2000) String reason) throws WireException {
    ByteBuffer bytes = ByteBuffer.allocate(WelcomeCodec.MAX_BYTES);
    WelcomeCodec.encode(Welcome.refused(reason, "do this"), bytes);
    Welcome read = WelcomeCodec.decode(bytes.flip());
    assertThat(read.outcome())
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> {
              assertThat(refused.remedy()).isEqualTo("do this");
              assertThat(reason.startsWith(refused.reason()) || refused.reason().equals("?"))
                  .isTrue();
            });
  }

  @Test
  void acceptanceIsOneByte() throws WireException {
    ByteBuffer bytes = ByteBuffer.allocate(WelcomeCodec.MAX_BYTES);
    WelcomeCodec.encode(Welcome.accepted(), bytes);
    assertThat(bytes.position()).isEqualTo(1);
    assertThat(WelcomeCodec.decode(bytes.flip()).outcome().isDone()).isTrue();
  }
}
