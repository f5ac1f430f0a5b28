package io.jettison.transport.tcp.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.transport.Transport;
import io.jettison.transport.netty.FirstMet;
import io.jettison.transport.netty.Identity;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted links, and peers that are not what was expected. */
class TlsTest {
  private static final long SECONDS = 20;

  @TempDir Path folder;

  private final TcpTransport plain = new TcpTransport();
  private @Nullable TcpTransport encrypted;

  private TcpTransport encrypted() {
    if (encrypted == null) {
      encrypted = new TcpTransport(folder);
    }
    return encrypted;
  }

  @AfterEach
  void close() {
    plain.close();
    if (encrypted != null) {
      encrypted.close();
    }
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  /** Notes what happens. */
  private static class End implements LinkHandler {
    final CompletableFuture<Link> opened = new CompletableFuture<>();
    final CompletableFuture<Link> drained = new CompletableFuture<>();
    final CompletableFuture<String> closed = new CompletableFuture<>();

    @Override
    public void opened(Link link) {
      opened.complete(link);
    }

    @Override
    public void message(Link link, ByteBuffer message) {}

    @Override
    public void drained(Link link) {
      drained.complete(link);
    }

    @Override
    public void closed(Link link, @Nullable Throwable cause) {
      closed.complete(cause == null ? "" : String.valueOf(cause.getMessage()));
    }
  }

  private static <T> T soon(CompletableFuture<T> future) throws Exception {
    return future.get(SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void aDesktopWithTlsIsToldThatTheServerHasNone() throws Exception {
    End server = new End();
    End desktop = new End();
    try (Transport.Port port = plain.listen(anyPort(), link -> server)) {
      CompletableFuture<Link> link =
          encrypted().connect(port.address(), desktop).toCompletableFuture();
      assertThatThrownBy(() -> soon(link))
          .hasCauseInstanceOf(IOException.class)
          .hasMessageContaining("the server does not speak TLS")
          .hasMessageEndingWith(Tls.REMEDY);
      assertThat(soon(server.closed)).isEqualTo("the peer speaks TLS: " + Tls.REMEDY);
      assertThat(desktop.opened).isNotDone();
      assertThat(desktop.closed).isNotDone();
    }
  }

  @Test
  void aDesktopWithoutTlsIsToldThatTheServerHasIt() throws Exception {
    End server = new End();
    End desktop = new End();
    try (Transport.Port port = encrypted().listen(anyPort(), link -> server)) {
      Link link = soon(plain.connect(port.address(), desktop).toCompletableFuture());
      link.execute(
          () -> {
            link.begin(50);
            link.end();
            link.flush();
          });
      assertThat(soon(desktop.closed)).isEqualTo("the peer speaks TLS: " + Tls.REMEDY);
      assertThat(server.opened).isNotDone();
    }
  }

  /** What is known of a link whose server was quicker to hang up than its caller to look. */
  private CompletableFuture<Link> lookedAtTooLate(End desktop, @Nullable Tls tls) {
    ChannelGroup group = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    EmbeddedChannel channel = new EmbeddedChannel(plain.initializer(link -> desktop, group, tls));
    ChannelFuture unused = channel.pipeline().firstContext().close(); // not by way of TLS
    CompletableFuture<Link> connected = new CompletableFuture<>();
    TcpTransport.complete(connected, channel, tls);
    return connected;
  }

  @Test
  void aLinkThatIsClosedByThenIsStillGiven() {
    End desktop = new End();
    assertThat(lookedAtTooLate(desktop, null)).isCompletedWithValue(desktop.opened.join());
    assertThat(desktop.closed).isCompleted();
  }

  @Test
  void aHandshakeThatHasFailedByThenIsTold() throws Exception {
    End desktop = new End();
    CompletableFuture<Link> link =
        lookedAtTooLate(desktop, Tls.desktop(new Identity(folder), anyPort()));
    assertThatThrownBy(() -> soon(link))
        .hasCauseInstanceOf(IOException.class)
        .hasMessageContaining("the server does not speak TLS");
    assertThat(desktop.opened).isNotDone();
  }

  @Test
  void aPeerThatTalksNonsenseIsClosed() throws Exception {
    End server = new End();
    try (Transport.Port port = encrypted().listen(anyPort(), link -> server);
        Socket noisy = new Socket(port.address().getAddress(), port.address().getPort());
        Socket wrong = new Socket(port.address().getAddress(), port.address().getPort())) {
      noisy.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      wrong.getOutputStream().write(new byte[] {22, 3, 1, 0, 4, 1, 2, 3, 4});
      for (Socket socket : new Socket[] {noisy, wrong}) {
        socket.setSoTimeout(5_000);
        assertThat(socket.getInputStream().readAllBytes()).hasSizeLessThan(10);
      }
      assertThat(server.opened).isNotDone();
    }
  }

  @Test
  void whoSaysNothingIsGivenUp() throws Exception {
    End server = new End();
    try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Transport.Port port = encrypted().listen(anyPort(), link -> server);
        Socket silent = new Socket(port.address().getAddress(), port.address().getPort())) {
      CompletableFuture<Link> link =
          encrypted()
              .connect((InetSocketAddress) deaf.getLocalSocketAddress(), new End())
              .toCompletableFuture();
      assertThatThrownBy(() -> soon(link))
          .hasMessageContaining("no TLS handshake within 10 s: " + Tls.REMEDY);
      silent.setSoTimeout(5_000);
      assertThat(silent.getInputStream().readAllBytes()).hasSizeLessThan(10);
      assertThat(server.opened).isNotDone();
    }
  }

  @Test
  void whatTlsStillHoldsIsPending() throws Exception {
    int messages = 40;
    int length = 500_000;
    End server = new End();
    try (Transport.Port port = encrypted().listen(anyPort(), link -> server);
        SSLSocket reader = reader(port.address())) {
      Link link = soon(server.opened);
      CompletableFuture<Long> pending = new CompletableFuture<>();
      link.execute(
          () -> {
            for (int i = 0; i < messages; i++) {
              link.begin(length);
              link.end();
            }
            link.flush();
            pending.complete(link.pending());
          });
      assertThat(soon(pending)).isBetween(length * messages / 4L, (length + 4L) * messages);
      assertThat(server.drained).isNotDone();
      DataInputStream in = new DataInputStream(reader.getInputStream());
      for (int i = 0; i < messages; i++) {
        assertThat(in.readInt()).isEqualTo(length);
        in.skipNBytes(length);
      }
      CompletableFuture<Long> left = new CompletableFuture<>();
      soon(server.drained).execute(() -> left.complete(link.pending()));
      assertThat(soon(left)).isZero();
    }
  }

  private SSLSocket reader(InetSocketAddress address) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    FirstMet trusting = new FirstMet(new Identity(folder), address);
    context.init(null, new TrustManager[] {trusting}, null);
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(address.getAddress(), address.getPort());
    socket.startHandshake();
    assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
    return socket;
  }

  /** Also if the server still has something to say, such as the session tickets of TLS. */
  @Test
  void whatIsSentAtOnceBeforeAClosingArrives() throws Exception {
    int links = 50;
    int length = 500_000;
    AtomicInteger arrived = new AtomicInteger();
    CountDownLatch ended = new CountDownLatch(links);
    LinkHandler server =
        new End() {
          @Override
          public void message(Link link, ByteBuffer message) {
            arrived.addAndGet(message.remaining());
          }

          @Override
          public void closed(Link link, @Nullable Throwable cause) {
            ended.countDown();
          }
        };
    LinkHandler hasty =
        new End() {
          @Override
          public void opened(Link link) {
            link.begin(length);
            link.end();
            link.flush();
            link.close();
          }
        };
    try (Transport.Port port = encrypted().listen(anyPort(), link -> server)) {
      for (int i = 0; i < links; i++) {
        soon(encrypted().connect(port.address(), hasty).toCompletableFuture());
      }
      assertThat(ended.await(SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(arrived).hasValue(links * length);
    }
  }

  @Test
  void anOlderVersionIsRefused() throws Exception {
    try (Transport.Port port = encrypted().listen(anyPort(), link -> new End())) {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          null, new TrustManager[] {new FirstMet(new Identity(folder), port.address())}, null);
      try (SSLSocket socket =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(port.address().getAddress(), port.address().getPort())) {
        socket.setEnabledProtocols(new String[] {"TLSv1.2"});
        assertThatThrownBy(socket::startHandshake).hasMessageContaining("protocol_version");
      }
    }
  }
}
