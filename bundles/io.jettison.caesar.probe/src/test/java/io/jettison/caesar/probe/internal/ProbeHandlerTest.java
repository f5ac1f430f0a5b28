package io.jettison.caesar.probe.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.caesar.ContextHandler.After;
import io.jettison.api.wake.Waker.Context;
import io.jettison.api.wake.Waker.Target;
import io.jettison.wire.wake.ProbeContext;
import io.jettison.wire.wake.WakePacketCodec;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProbeHandlerTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  private final ProbeHandler handler = new ProbeHandler();

  private static ByteBuffer arguments(Context context) {
    return WakePacketCodec.find(WakePacketCodec.encode(new Target(2, HERE), Optional.of(context)))
        .orElseThrow()
        .rest();
  }

  private String probe(DatagramSocket socket, long nonce) throws Exception {
    Context context = ProbeContext.of(nonce, new InetSocketAddress(HERE, socket.getLocalPort()));
    assertThat(handler.resume(arguments(context))).isEqualTo(After.RESUSPEND);
    DatagramPacket answer = new DatagramPacket(new byte[500], 500);
    socket.receive(answer);
    return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
  }

  @Test
  void tellsThatThePcIsWellAndHowOftenItHas() throws Exception {
    try (DatagramSocket socket = new DatagramSocket(0, HERE)) {
      socket.setSoTimeout(10_000);
      handler.presuspend();
      assertThat(probe(socket, 0xabcL)).isEqualTo("alive 0000000000000abc selective=1");
      handler.resuspend();
      assertThat(probe(socket, -1)).isEqualTo("alive ffffffffffffffff selective=2");
      handler.postsuspend();
      handler.presuspend();
      assertThat(probe(socket, 0)).isEqualTo("alive 0000000000000000 selective=1");
    }
  }

  @Test
  void aProbeWithoutAnAddressWakesNobody() {
    assertThat(handler.resume(arguments(new Context(ProbeContext.ID, 1))))
        .isEqualTo(After.RESUSPEND);
    assertThat(handler.resume(ByteBuffer.allocate(0))).isEqualTo(After.RESUSPEND);
  }

  @Test
  void everybodyIsNotAnsweredAtOnce() {
    Context everybody = new Context(ProbeContext.ID, 1, List.of(9L, 0L, 0xffff_ffff_ffffL));
    assertThatThrownBy(() -> handler.resume(arguments(everybody)))
        .isInstanceOf(UncheckedIOException.class);
  }
}
