package io.jettison.wakeup.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.wake.SecureOn;
import io.jettison.api.wake.Waker;
import io.jettison.api.wake.Waker.Context;
import io.jettison.api.wake.Waker.Target;
import io.jettison.wakeup.internal.UdpWaker.To;
import io.jettison.wire.wake.HardwareAddress;
import io.jettison.wire.wake.MemoryContext;
import io.jettison.wire.wake.WakePacket;
import io.jettison.wire.wake.WakePacketCodec;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Wakers, real networks, and what arrives at the other end of the cable. */
class WakersTest {
  private static final class Linux {
    static {
      Native.register(Linux.class, "c");
    }

    private Linux() {}

    static native int socket(int domain, int type, int protocol);

    static native long recv(int fd, byte[] into, long length, int flags);

    static native int setsockopt(int fd, int level, int name, long[] value, int length);

    static native int close(int fd);

    static native int capset(int[] header, int[] data);
  }

  private static final long MAC = 0x024a45540001L;
  private static final InetAddress PC = Literals.of("10.78.0.1").orThrow();
  private static final Target TARGET = new Target(MAC, PC);
  private static final Optional<Context> CONTEXT = Optional.of(MemoryContext.of("pc", 77));
  private static final int ALL_TYPES_BIG_ENDIAN = 0x0300;
  private static final int TIMEOUT_MILLIS = 5000;

  private static Netns net;

  @BeforeAll
  static void cable() throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "network namespaces can be made by root");
    net = new Netns();
  }

  @AfterAll
  static void uncable() throws Exception {
    if (net != null) {
      net.close();
    }
  }

  /** What the PC's card sees of it: frames, while something is sent. */
  private static ByteBuffer frameOf(Waker waker, Target target, Optional<Context> context)
      throws Exception {
    int fd =
        net.onPc(
            () -> {
              int socket = Linux.socket(17, 3, ALL_TYPES_BIG_ENDIAN);
              assertThat(socket).isNotNegative();
              long[] fiveSeconds = {5, 0};
              assertThat(Linux.setsockopt(socket, 1, 20, fiveSeconds, 16)).isZero();
              return socket;
            });
    try {
      assertThat(net.onServer(() -> waker.wake(target, context))).isEqualTo(Outcome.done());
      byte[] bytes = new byte[2000];
      while (true) {
        long length = Linux.recv(fd, bytes, bytes.length, 0);
        assertThat(length).as("a frame has come").isPositive();
        ByteBuffer frame = ByteBuffer.wrap(bytes, 0, (int) length);
        if (WakePacketCodec.find(frame).isPresent()) {
          return frame;
        }
      }
    } finally {
      Linux.close(fd);
    }
  }

  private static void assertIsContext(ByteBuffer frame) {
    WakePacket found = WakePacketCodec.find(frame, MAC).orElseThrow();
    assertThat(found.context()).hasValue(MemoryContext.ID);
    assertThat(MemoryContext.read(found.rest()))
        .hasValue(new MemoryContext.Arguments(77, MemoryContext.key("pc")));
  }

  @ParameterizedTest
  @EnumSource(To.class)
  void aDatagramReachesTheCard(To to) throws Exception {
    if (to == To.UNICAST) { // nobody answers ARP for a PC asleep
      net.server("neigh replace 10.78.0.1 lladdr 02:4a:45:54:00:01 dev lan");
    }
    ByteBuffer frame = frameOf(new UdpWaker(9, List.of(to)), TARGET, CONTEXT);
    assertIsContext(frame);
    int ipHeader = 14;
    int udpHeader = ipHeader + 20;
    assertThat(frame.getShort(udpHeader + 2)).isEqualTo((short) 9);
    assertThat(frame.getShort(udpHeader + 4) - 8).isEqualTo(134).isGreaterThanOrEqualTo(118);
    int destination = frame.getInt(ipHeader + 16);
    assertThat(destination)
        .isEqualTo(
            switch (to) {
              case DIRECTED -> 0x0a4e00ff;
              case LIMITED -> 0xffffffff;
              case UNICAST -> 0x0a4e0001;
            });
    long addressed = frame.getLong(0) >>> 16;
    assertThat(addressed).isEqualTo(to == To.UNICAST ? MAC : 0xffffffffffffL);
  }

  @Test
  void aDatagramReachesAProgramOnThePort() throws Exception {
    try (DatagramSocket socket =
        net.onPc(
            () -> {
              DatagramSocket opened = new DatagramSocket(4000);
              opened.setSoTimeout(TIMEOUT_MILLIS);
              return opened;
            })) {
      UdpWaker waker = new UdpWaker(4000, List.of(To.values()));
      assertThat(net.onServer(() -> waker.wake(TARGET, CONTEXT))).isEqualTo(Outcome.done());
      for (int i = 0; i < To.values().length; i++) {
        DatagramPacket packet = new DatagramPacket(new byte[500], 500);
        socket.receive(packet);
        assertIsContext(ByteBuffer.wrap(packet.getData(), 0, packet.getLength()));
      }
    }
  }

  @Test
  void aFrameReachesTheCard() throws Exception {
    ByteBuffer frame = frameOf(new EthernetWaker(""), TARGET, CONTEXT);
    assertIsContext(frame);
    assertThat(frame.getLong(0) >>> 16).isEqualTo(0xffffffffffffL);
    assertThat(frame.getShort(12)).isEqualTo((short) 0x0842);
    assertThat(frame.remaining()).isEqualTo(14 + 134);
  }

  @Test
  void aFrameToAPcOfNoKnownNetworkLeavesByAllCards() throws Exception {
    Target unknown = new Target(MAC, Literals.of("255.255.255.255").orThrow());
    assertIsContext(frameOf(new EthernetWaker(""), unknown, CONTEXT));
    assertIsContext(frameOf(new EthernetWaker("lan"), unknown, CONTEXT));
  }

  @Test
  void aPasswordIsInTheFrame() throws Exception {
    SecureOn password = SecureOn.parse("01:02:03:04:05:06").orThrow();
    ByteBuffer frame =
        frameOf(new EthernetWaker("lan"), new Target(MAC, PC, Optional.of(password)), CONTEXT);
    WakePacket found = WakePacketCodec.find(frame, MAC).orElseThrow();
    assertThat(found.context()).isEmpty();
    assertThat(found.rest()).isEqualTo(ByteBuffer.wrap(password.bytes()));
  }

  @Test
  void whatCannotBeSentIsRefused() throws Exception {
    assertRefused(net.onServer(() -> new EthernetWaker("none").wake(TARGET, CONTEXT)), "`card`");
    Target far = new Target(MAC, Literals.of("192.0.2.1").orThrow());
    UdpWaker directed = new UdpWaker(9, List.of(To.DIRECTED));
    assertRefused(net.onServer(() -> directed.wake(far, CONTEXT)), "`to`");
    UdpWaker unicast = new UdpWaker(9, List.of(To.UNICAST));
    assertRefused(net.onServer(() -> unicast.wake(far, CONTEXT)), "nreachable");
  }

  @Test
  void withoutTheRightToSendFramesThatIsSaid() throws Exception {
    Outcome<Nothing> outcome =
        net.onServer(
            () -> {
              // capabilities are a thread's own: this one gives up all of its, and ends
              int[] versionAndSelf = {0x20080522, 0};
              assertThat(Linux.capset(versionAndSelf, new int[6])).isZero();
              return new EthernetWaker("lan").wake(TARGET, CONTEXT);
            });
    assertRefused(outcome, "CAP_NET_RAW");
  }

  private static void assertRefused(Outcome<Nothing> outcome, String word) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.oneLine()).contains(word));
  }

  @Test
  void theKernelsNeighboursTellTheHardwareAddress() throws Exception {
    OptionalLong found =
        net.onServer(
            () -> {
              try (Socket socket = new Socket(PC, 1)) {
                throw new AssertionError("nobody listens at " + socket);
              } catch (IOException refused) {
                // it answered: now it is a neighbour
                return new Neighbours(Path.of("/proc/thread-self/net/arp")).of(PC);
              }
            });
    assertThat(found).hasValue(MAC);
    assertThat(new Neighbours(Path.of("/proc/net/arp")).of(PC)).isEmpty();
  }

  @Test
  void theCardsOfANamespaceAreItsOwn() throws Exception {
    byte[] address = net.onPc(() -> NetworkInterface.getByName("lan").getHardwareAddress());
    assertThat(HardwareAddress.of(address)).isEqualTo(MAC);
  }
}
