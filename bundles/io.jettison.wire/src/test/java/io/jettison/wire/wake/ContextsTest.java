package io.jettison.wire.wake;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.wake.Waker.Context;
import io.jettison.api.wake.Waker.Target;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What contexts carry, through a packet and back. */
class ContextsTest {
  private static ByteBuffer sent(Context context) {
    Target target = new Target(2, InetAddress.getLoopbackAddress());
    WakePacket packet =
        WakePacketCodec.find(WakePacketCodec.encode(target, Optional.of(context))).orElseThrow();
    assertThat(packet.context()).hasValue(context.id());
    return packet.rest();
  }

  @Property
  void aPageAndItsVmArrive(@ForAll long pfn, @ForAll String vm) {
    MemoryContext.Arguments arguments =
        MemoryContext.read(sent(MemoryContext.of(vm, pfn))).orElseThrow();
    assertThat(arguments.pfn()).isEqualTo(pfn);
    assertThat(arguments.vm()).isEqualTo(MemoryContext.key(vm)).isNotEqualTo(MemoryContext.ANY);
  }

  @Test
  void aPageWithoutAVmIsOneOfAnyVm() {
    assertThat(MemoryContext.read(sent(new Context(MemoryContext.ID, 9))))
        .hasValue(new MemoryContext.Arguments(9, MemoryContext.ANY));
    assertThat(MemoryContext.read(ByteBuffer.allocate(7))).isEmpty();
    assertThat(MemoryContext.read(ByteBuffer.allocate(15)))
        .hasValue(new MemoryContext.Arguments(0, MemoryContext.ANY));
  }

  /** Other implementations must get the same: these are FNV-1a's published values. */
  @ParameterizedTest
  @CsvSource({"'', cbf29ce484222325", "a, af63dc4c8601ec8c", "foobar, 85944171f73967e8"})
  void theKeyOfAVmIsFnv1a(String vm, String key) {
    assertThat(MemoryContext.key(vm)).isEqualTo(HexFormat.fromHexDigitsToLong(key));
  }

  @Property
  void aProbeArrives(
      @ForAll long nonce,
      @ForAll @IntRange(min = 1, max = 65535) int port,
      @ForAll @LongRange(min = 0x01000000L, max = 0xdfffffffL) long ipv4)
      throws Exception {
    byte[] address = ByteBuffer.allocate(4).putInt((int) ipv4).array();
    InetSocketAddress answerTo = new InetSocketAddress(InetAddress.getByAddress(address), port);
    assertThat(ProbeContext.read(sent(ProbeContext.of(nonce, answerTo))))
        .hasValue(new ProbeContext.Arguments(nonce, answerTo));
  }

  @ParameterizedTest
  @CsvSource({
    "fe80::1, true",
    "2001:db8::1, true",
    "::, false",
    "ff02::1, false",
    "224.0.0.1, false"
  })
  void aProbeIsAnsweredToOneHost(String address, boolean accepted) throws Exception {
    InetSocketAddress answerTo = new InetSocketAddress(InetAddress.getByName(address), 9);
    assertThat(ProbeContext.read(sent(ProbeContext.of(1, answerTo))).isPresent())
        .isEqualTo(accepted);
  }

  @Property
  void anyArgumentsAreReadOrLeft(@ForAll @Size(max = 64) byte[] bytes) {
    Optional<ProbeContext.Arguments> probe = ProbeContext.read(ByteBuffer.wrap(bytes));
    assertThat(probe.isPresent() && bytes.length < 32).isFalse();
    assertThat(MemoryContext.read(ByteBuffer.wrap(bytes)).isPresent()).isEqualTo(bytes.length >= 8);
  }
}
