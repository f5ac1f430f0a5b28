package io.jettison.transport.tcp.internal;

import io.jettison.api.transport.Link;
import io.jettison.transport.netty.FirstMet;
import io.jettison.transport.netty.Identity;
import io.netty.channel.Channel;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** TLS 1.3, by the JDK: one side of links. */
final class Tls {
  /** For the log and for who asked. */
  static final String REMEDY = "give `tls` in [transport.tcp] the same value on both hosts";

  private static final String VERSION = "TLSv1.3";

  /** Also bounds how long a peer that does not begin a handshake, or does not end it, is kept. */
  private static final int HANDSHAKE_SECONDS = 10;

  private static final int CLOSING_SECONDS = 3;

  private static final AttributeKey<Future<Channel>> HANDSHAKE =
      AttributeKey.valueOf(Tls.class, "handshake");

  private final SslContext context;
  private final @Nullable FirstMet server;

  private Tls(SslContextBuilder builder, @Nullable FirstMet server) throws SSLException {
    this.context = builder.sslProvider(SslProvider.JDK).protocols(VERSION).build();
    this.server = server;
  }

  /**
   * A server's side.
   *
   * @throws IOException if there is no key, and none can be made
   */
  static Tls server(Identity identity) throws IOException {
    return new Tls(SslContextBuilder.forServer(identity.key()), null);
  }

  /** A desktop's side of one link; not of more, since a session resumed shows no key. */
  static Tls desktop(Identity identity, InetSocketAddress address) throws SSLException {
    FirstMet server = new FirstMet(identity, address);
    return new Tls(
        SslContextBuilder.forClient().trustManager(server).endpointIdentificationAlgorithm(null),
        server);
  }

  /** Encrypts what goes by a channel from now on. */
  void begin(Channel channel) {
    SslHandler handler = context.newHandler(channel.alloc());
    handler.setHandshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
    // until the peer has closed as well: a socket closed with something unread in it, such as the
    // session tickets a server sends unasked, is reset, and what was sent last is lost
    handler.setCloseNotifyReadTimeout(CLOSING_SECONDS, TimeUnit.SECONDS);
    channel.attr(HANDSHAKE).set(handler.handshakeFuture());
    channel.pipeline().addLast(handler, new Handshake());
  }

  /** Completes a link with its handshake, also if that has failed and the channel is closed. */
  void complete(CompletableFuture<Link> connected, Link link, Channel channel) {
    channel
        .attr(HANDSHAKE)
        .get()
        .addListener(
            (Future<Channel> handshake) -> {
              if (handshake.isSuccess()) {
                connected.complete(link);
              } else {
                connected.completeExceptionally(new IOException(why(handshake.cause())));
              }
            });
  }

  private String why(Throwable cause) {
    if (server != null && server.refusal().isPresent()) {
      return server.refusal().get();
    }
    if (cause instanceof SslHandshakeTimeoutException) {
      return "no TLS handshake within " + HANDSHAKE_SECONDS + " s: " + REMEDY;
    }
    if (cause instanceof SSLException && !(cause instanceof NotSslRecordException)) {
      return "the TLS handshake failed: " + cause.getMessage();
    }
    return "the server does not speak TLS, or is about to stop: " + REMEDY;
  }
}
