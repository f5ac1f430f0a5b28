package io.jettison.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.Outcome.Refused;
import io.jettison.wire.Hello.Call;
import io.jettison.wire.Hello.Purpose;
import io.jettison.wire.wake.HardwareAddress;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HelloTest {
  @Property
  void comesOutAsItWentIn(
      @ForAll Purpose purpose,
      @ForAll @AlphaChars @StringLength(max = 64) String desktop,
      @ForAll @AlphaChars @StringLength(max = 64) String vm,
      @ForAll long epoch,
      @ForAll @LongRange(min = 0, max = 0xfeff_ffff_ffffL) long card,
      @ForAll int caller,
      @ForAll int number)
      throws WireException {
    OptionalLong hardware =
        HardwareAddress.isOfOne(card) ? OptionalLong.of(card) : OptionalLong.empty();
    Hello hello =
        new Hello(purpose, desktop, vm, epoch).from(hardware).as(new Call(caller, number));
    ByteBuffer bytes = ByteBuffer.allocate(HelloCodec.MAX_BYTES);
    HelloCodec.encode(hello, bytes);
    assertThat(bytes.position()).isEqualTo(31 + 4 + desktop.length() + vm.length());
    assertThat(HelloCodec.decode(bytes.flip())).isEqualTo(hello);
  }

  @Test
  void callsOfOneCallerHaveAnOrder() {
    Call last = new Call(1, Integer.MAX_VALUE);
    Call next = new Call(1, Integer.MIN_VALUE); // counts on
    assertThat(last.isBefore(next)).isTrue();
    assertThat(next.isBefore(last)).isFalse();
    assertThat(last.isBefore(last)).isFalse();
    assertThat(new Call(2, 1).isBefore(new Call(1, 2))).as("of another caller").isFalse();
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
    HelloCodec.encode(new Hello(Purpose.PAGES, name, name, 7), bytes);
    bytes.flip();
    for (int length = 0; length < bytes.limit(); length++) {
      ByteBuffer cut = bytes.duplicate().limit(length);
      assertThatThrownBy(() -> HelloCodec.decode(cut)).isInstanceOf(WireException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0x0100_0000_0000L, 0xffff_ffff_ffffL, 1L << 48, -1})
  void whatIsNoCardsAddressIsRefused(long address) {
    ByteBuffer bytes = ByteBuffer.allocate(HelloCodec.MAX_BYTES);
    HelloCodec.encode(
        new Hello(Purpose.PAGES, "pc1", "vm", 7).from(OptionalLong.of(address)), bytes);
    assertThatThrownBy(() -> HelloCodec.decode(bytes.flip()))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("no network card");
  }

  @Test
  void anotherVersionIsReadAsFarAsItsVersion() throws WireException {
    ByteBuffer bytes = ByteBuffer.allocate(100);
    bytes.putInt(HelloCodec.MAGIC).putShort((short) (Hello.VERSION + 1)).put(new byte[50]).flip();
    assertThat(HelloCodec.decode(bytes).version()).isEqualTo(Hello.VERSION + 1);
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
