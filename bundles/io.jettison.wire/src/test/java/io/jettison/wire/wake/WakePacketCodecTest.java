package io.jettison.wire.wake;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.wake.SecureOn;
import io.jettison.api.wake.Waker.Context;
import io.jettison.api.wake.Waker.Target;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WakePacketCodecTest {
  private static final long PC = 0x024a45540001L;
  private static final String PATTERN = "ff".repeat(6) + "024a45540001".repeat(16);
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  @Provide
  Arbitrary<Long> hardware() {
    return Arbitraries.longs().map(any -> (any & 0xfeffffffffffL) | 2);
  }

  private static ByteBuffer hex(String text) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(text));
  }

  @Test
  void thePlainPacketIsThatOfThePaper() {
    ByteBuffer packet = WakePacketCodec.encode(new Target(PC, HERE), Optional.empty());
    assertThat(packet).isEqualTo(hex(PATTERN));
    assertThat(packet.remaining()).isEqualTo(102);
  }

  @Test
  void thePacketWithAPageIsThatOfThePaper() {
    ByteBuffer packet =
        WakePacketCodec.encode(new Target(PC, HERE), Optional.of(new Context(7, 0x1234)));
    assertThat(packet)
        .isEqualTo(hex(PATTERN + "0000000053524d50" + "0000000000000007" + "0000000000001234"));
    assertThat(packet.remaining()).isEqualTo(126).isGreaterThanOrEqualTo(118);
  }

  @Test
  void aPasswordTakesThePlaceOfAContext() {
    SecureOn password = SecureOn.parse("a0:a1:a2:a3:a4:a5").orThrow();
    ByteBuffer packet =
        WakePacketCodec.encode(
            new Target(PC, HERE, Optional.of(password)), Optional.of(new Context(7, 1)));
    assertThat(packet).isEqualTo(hex(PATTERN + "a0a1a2a3a4a5"));
    WakePacket found = WakePacketCodec.find(packet).orElseThrow();
    assertThat(found.context()).isEmpty();
    assertThat(found.rest()).isEqualTo(ByteBuffer.wrap(password.bytes()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0000000053524d50", "53524d5000000000"})
  void bothPaddingsOfTheMagicAreRead(String magic) {
    WakePacket found =
        WakePacketCodec.find(hex(PATTERN + magic + "0000000000000007" + "0102")).orElseThrow();
    assertThat(found.context()).hasValue(7);
    assertThat(found.rest()).isEqualTo(hex("0102"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000000153524d500000000000000007",
        "53524d5000000001000000000000000700",
        "0000000053524d5100000000000000070000",
        "0000000053524d5000000000000007",
        "0000000053524d50",
        ""
      })
  void anythingElseThanMagicAndContextIsAPlainPacket(String rest) {
    WakePacket found = WakePacketCodec.find(hex(PATTERN + rest)).orElseThrow();
    assertThat(found.context()).isEmpty();
    assertThat(found.rest()).isEqualTo(hex(rest));
  }

  @Property
  void isFoundAnywhereAsItWentIn(
      @ForAll("hardware") long hardware,
      @ForAll long id,
      @ForAll long argument,
      @ForAll @Size(max = 15) List<Long> more,
      @ForAll @Size(max = 80) byte[] before) {
    ByteBuffer packet =
        WakePacketCodec.encode(
            new Target(hardware, HERE), Optional.of(new Context(id, argument, more)));
    ByteBuffer frame = ByteBuffer.allocate(before.length + packet.remaining() + 1);
    frame.put(before).put(packet).flip();
    WakePacket found =
        WakePacketCodec.find(frame.order(ByteOrder.LITTLE_ENDIAN), hardware).orElseThrow();
    assertThat(found.context()).hasValue(id);
    ByteBuffer rest = found.rest();
    assertThat(rest.getLong()).isEqualTo(argument);
    more.forEach(word -> assertThat(rest.getLong()).isEqualTo(word));
    assertThat(rest.hasRemaining()).isFalse();
    assertThat(frame.position()).isZero();
  }

  @Property
  void isFoundAfterAnyRunOfSetBytes(
      @ForAll("hardware") long hardware, @ForAll @IntRange(max = 20) int run) {
    ByteBuffer frame =
        hex("ff".repeat(run) + "ff".repeat(6) + String.format("%012x", hardware).repeat(16));
    assertThat(WakePacketCodec.find(frame))
        .hasValueSatisfying(found -> assertThat(found.hardware()).isEqualTo(hardware));
  }

  @Property
  void oneWrongByteIsNoPacket(
      @ForAll @IntRange(max = 101) int where, @ForAll @IntRange(min = 1, max = 255) int change) {
    byte[] bytes = hex(PATTERN).array();
    bytes[where] ^= (byte) change;
    assertThat(WakePacketCodec.find(ByteBuffer.wrap(bytes), PC)).isEmpty();
  }

  @Property
  void cutShortIsNoPacket(@ForAll @IntRange(max = 101) int length) {
    assertThat(WakePacketCodec.find(hex(PATTERN).limit(length))).isEmpty();
  }

  @Property
  void arbitraryBytesDoNoHarm(@ForAll @Size(max = 400) byte[] garbage) {
    assertThat(WakePacketCodec.find(ByteBuffer.wrap(garbage))).isEmpty();
  }

  /** Made of the packet's own pieces: gets further than bytes by chance. */
  @Property
  void confusingBytesDoNoHarm(
      @ForAll("pieces") String text, @ForAll @IntRange(max = 40) int skipped) {
    ByteBuffer frame = hex(text);
    frame.position(Math.min(skipped, frame.limit()));
    WakePacketCodec.find(frame)
        .ifPresent(
            found -> {
              assertThat(HardwareAddress.isOfOne(found.hardware())).isTrue();
              MemoryContext.read(found.rest().duplicate());
              ProbeContext.read(found.rest().duplicate());
            });
  }

  @Provide
  Arbitrary<String> pieces() {
    return Arbitraries.of(
            "ff",
            "ff".repeat(6),
            "024a45540001",
            "024a45540001".repeat(15),
            "024a45540001".repeat(16),
            PATTERN,
            "00000000",
            "53524d50",
            "ff".repeat(102),
            "00".repeat(120))
        .list()
        .ofMaxSize(12)
        .map(list -> String.join("", list));
  }

  @Test
  void onlyThePacketOfThePcAskedForIsFound() {
    ByteBuffer both = hex(PATTERN.replace("024a45540001", "024a45540002") + PATTERN);
    assertThat(WakePacketCodec.find(both, PC))
        .hasValueSatisfying(found -> assertThat(found.rest().hasRemaining()).isFalse());
    assertThat(WakePacketCodec.find(both, 3)).isEmpty();
  }

  @Test
  void neitherEverybodyNorNobodyIsAPc() {
    assertThat(WakePacketCodec.find(hex("ff".repeat(120)))).isEmpty();
    assertThat(WakePacketCodec.find(hex("ff".repeat(6) + "00".repeat(96)))).isEmpty();
  }

  @Test
  void theLongestPacketIsAsLongAsIsSaid() {
    List<Long> most = java.util.Collections.nCopies(Context.MOST_MORE, -1L);
    assertThat(
            WakePacketCodec.encode(new Target(PC, HERE), Optional.of(new Context(1, 2, most)))
                .remaining())
        .isEqualTo(WakePacketCodec.MAX_BYTES)
        .isEqualTo(118 + 128);
  }

  @Property
  void aHardwareAddressIsReadAsItIsWritten(@ForAll("hardware") long hardware) {
    String text = HardwareAddress.format(hardware);
    assertThat(HardwareAddress.parse(text).orThrow()).isEqualTo(hardware);
    assertThat(HardwareAddress.parse(text.replace(':', '-').toUpperCase(java.util.Locale.ROOT)))
        .isEqualTo(io.jettison.api.Outcome.done(hardware));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "02:4a:45:54:00",
        "02:4a:45:54:00:01:02",
        "02:4a:45:54:00:0g",
        "ff:ff:ff:ff:ff:ff",
        "01:00:5e:00:00:01",
        "00:00:00:00:00:00",
        "02:4a-45:54:00:01"
      })
  void whatIsNoCardsAddressIsRefused(String text) {
    assertThat(HardwareAddress.parse(text).isDone()).isFalse();
  }

  @Test
  void aPasswordIsReadAndNotTold() {
    assertThat(SecureOn.parse(" 00-11-22-33-44-ff ").orThrow().bytes())
        .containsExactly(0, 0x11, 0x22, 0x33, 0x44, -1);
    assertThat(SecureOn.parse("01:02:03:04").orThrow().bytes()).containsExactly(1, 2, 3, 4);
    assertThat(SecureOn.parse("01:02:03:04").orThrow().toString()).doesNotContain("02");
    for (String wrong : List.of("", "01:02:03", "01:02:03:04:05", "010203040506")) {
      assertThat(SecureOn.parse(wrong).isDone()).as(wrong).isFalse();
    }
  }

  @Test
  void theIdOfTheMemoryContextIsReadable() {
    assertThat(ByteBuffer.allocate(8).putLong(MemoryContext.ID).array())
        .asString()
        .isEqualTo("JTSNMEM1");
    assertThat(ByteBuffer.allocate(8).putLong(ProbeContext.ID).array())
        .asString()
        .isEqualTo("JTSNPRB1");
    assertThat(OptionalLong.of(MemoryContext.key("pc"))).isNotEqualTo(MemoryContext.key("pd"));
  }
}
