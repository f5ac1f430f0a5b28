package io.jettison.transport.quic.internal;

import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkAcceptor;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.transport.Transport;
import io.jettison.transport.netty.FirstMet;
import io.jettison.transport.netty.Identity;
import io.jettison.transport.netty.Polling;
import io.jettison.transport.netty.StreamLink;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.quic.InsecureQuicTokenHandler;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Links over QUIC (RFC 9000): each is a connection of its own with one stream. Encrypted, and free
 * of TCP's back-off after a sleep or a change of address: what waits is sent again at once.
 */
@Component(configurationPid = "io.jettison.transport.quic", property = Transport.NAME + "=quic")
@Designate(ocd = QuicTransport.Config.class)
public final class QuicTransport implements Transport {
  private static final int POLL_MICROS = 50;
  private static final int LESS_THAN_TCP = -10;
  private static final String PROTOCOL = "jettison/1";
  private static final long CONNECT_SECONDS = 5;

  /** A peer that vanished is noticed within this time. */
  private static final long DEAD_PEER_SECONDS = 15;

  private static final long WINDOW_BYTES = 16L << 20;
  private static final int DATAGRAMS = 4;

  /** Section [transport.quic]. */
  @ObjectClassDefinition(name = "Links over QUIC")
  public @interface Config {
    /** Longest polling. */
    @AttributeDefinition(
        min = "0",
        max = "1000",
        description =
            "microseconds to poll for an expected message before sleeping; 0: always sleep")
    int poll() default POLL_MICROS;

    /** Which transport a desktop prefers. */
    @AttributeDefinition(
        name = "service.ranking",
        description = "above 0: a desktop uses QUIC rather than TCP")
    int service_ranking() default LESS_THAN_TCP;
  }

  private final Identity identity;
  private final EventLoopGroup loops;
  private final ChannelGroup sockets = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final ChannelGroup dialled = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final Set<QuicPort> ports = ConcurrentHashMap.newKeySet();

  /** In the framework. */
  @Activate
  public QuicTransport(BundleContext context, Config config) {
    this(Identity.of(context), config.poll());
  }

  /** With keys in a folder. */
  public QuicTransport(Path keys) {
    this(new Identity(keys), POLL_MICROS);
  }

  private QuicTransport(Identity identity, int pollMicros) {
    if (!Quic.isAvailable()) {
      throw new IllegalStateException(
          "transport.quic needs Linux on x86-64, and Netty's native QUIC library",
          Quic.unavailabilityCause());
    }
    this.identity = identity;
    loops =
        new MultiThreadIoEventLoopGroup(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            new DefaultThreadFactory("jettison-quic", true),
            EpollIoHandler.newFactory(
                0, () -> new Polling(TimeUnit.MICROSECONDS.toNanos(pollMicros))));
  }

  private static <B extends QuicCodecBuilder<B>> B tuned(B builder) {
    return builder
        .maxIdleTimeout(DEAD_PEER_SECONDS, TimeUnit.SECONDS)
        .initialMaxData(WINDOW_BYTES)
        .initialMaxStreamDataBidirectionalLocal(WINDOW_BYTES)
        .initialMaxStreamDataBidirectionalRemote(WINDOW_BYTES)
        .initialMaxStreamsBidirectional(1)
        .activeMigration(true)
        .datagram(DATAGRAMS, DATAGRAMS);
  }

  @Override
  public Port listen(InetSocketAddress address, LinkAcceptor acceptor) throws IOException {
    QuicSslContext ssl =
        QuicSslContextBuilder.forServer(identity.key(), Identity.PASSWORD)
            .applicationProtocols(PROTOCOL)
            .build();
    ChannelGroup accepted = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    ChannelHandler codec =
        tuned(new QuicServerCodecBuilder())
            .sslContext(ssl)
            .tokenHandler(InsecureQuicTokenHandler.INSTANCE)
            .handler(new Connection(accepted))
            .streamHandler(
                new ChannelInitializer<QuicStreamChannel>() {
                  @Override
                  protected void initChannel(QuicStreamChannel stream) {
                    closeTogether(stream, stream.parent());
                    stream.pipeline().addLast(link(stream, acceptor::accept));
                  }
                })
            .build();
    ChannelFuture bound = socket(codec).bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen on " + address.getHostString() + ":" + address.getPort() + " (UDP)",
          bound.cause());
    }
    sockets.add(bound.channel());
    QuicPort port = new QuicPort(bound.channel(), accepted);
    ports.add(port);
    return port;
  }

  private Bootstrap socket(ChannelHandler codec) {
    return new Bootstrap().group(loops).channel(EpollDatagramChannel.class).handler(codec);
  }

  // only ends what is sent: what is under way is lost if the connection ends before the peer had it
  private static StreamLink link(QuicStreamChannel stream, Function<Link, LinkHandler> handlers) {
    return StreamLink.confirmed(
        stream, stream.parent()::remoteSocketAddress, handlers, QuicStreamChannel.SHUTDOWN_OUTPUT);
  }

  /** The stream's end is the connection's. */
  private static void closeTogether(Channel stream, Channel connection) {
    stream.closeFuture().addListener(closed -> close(connection));
  }

  private static void close(Channel channel) {
    ChannelFuture unused = channel.close();
  }

  @Override
  public CompletionStage<Link> connect(InetSocketAddress peer, LinkHandler handler) {
    CompletableFuture<Link> connected = new CompletableFuture<>();
    InetSocketAddress resolved =
        peer.isUnresolved() ? new InetSocketAddress(peer.getHostString(), peer.getPort()) : peer;
    if (resolved.isUnresolved()) {
      return CompletableFuture.failedFuture(
          new IOException("there is no host " + peer.getHostString()));
    }
    FirstMet server = new FirstMet(identity, peer);
    QuicSslContext ssl =
        QuicSslContextBuilder.forClient()
            .trustManager(server)
            .applicationProtocols(PROTOCOL)
            .build();
    ChannelHandler codec = tuned(new QuicClientCodecBuilder()).sslContext(ssl).build();
    socket(codec)
        .bind(0)
        .addListener(
            (ChannelFuture bound) -> {
              if (bound.isSuccess()) {
                sockets.add(bound.channel());
                dial(bound.channel(), resolved, server, handler, connected);
              } else {
                connected.completeExceptionally(failure(bound.cause()));
              }
            });
    return connected.orTimeout(CONNECT_SECONDS, TimeUnit.SECONDS);
  }

  private void dial(
      Channel socket,
      InetSocketAddress peer,
      FirstMet server,
      LinkHandler handler,
      CompletableFuture<Link> connected) {
    CompletableFuture<Link> unused =
        connected.whenComplete(
            (link, failure) -> {
              if (failure != null) {
                close(socket);
              }
            });
    QuicChannel.newBootstrap(socket)
        .handler(new Connection(dialled))
        .streamHandler(new ChannelInboundHandlerAdapter())
        .remoteAddress(peer)
        .connect()
        .addListener(
            (Future<QuicChannel> outcome) -> {
              if (!outcome.isSuccess()) {
                connected.completeExceptionally(
                    server
                        .refusal()
                        .map(IOException::new)
                        .orElseGet(() -> failure(outcome.cause())));
                return;
              }
              QuicChannel connection = outcome.getNow();
              // later: a connection ends while its socket is being read, and the number of a
              // descriptor
              // that is closed then may be another socket's by the next read
              connection
                  .closeFuture()
                  .addListener(closed -> socket.eventLoop().execute(() -> close(socket)));
              keepAlive(connection);
              open(connection, handler, connected);
            });
  }

  private static void open(
      QuicChannel connection, LinkHandler handler, CompletableFuture<Link> connected) {
    connection
        .createStream(
            QuicStreamType.BIDIRECTIONAL,
            new ChannelInitializer<QuicStreamChannel>() {
              @Override
              protected void initChannel(QuicStreamChannel stream) {
                closeTogether(stream, connection);
                stream.pipeline().addLast(link(stream, link -> handler));
              }
            })
        .addListener(
            (Future<QuicStreamChannel> created) -> {
              if (created.isSuccess()) {
                connected.complete(created.getNow().pipeline().get(StreamLink.class));
              } else {
                connected.completeExceptionally(failure(created.cause()));
                close(connection);
              }
            });
  }

  // a link may be silent for hours, but its peer alive; the datagram says no more than that
  private static void keepAlive(QuicChannel connection) {
    Future<?> beat =
        connection
            .eventLoop()
            .scheduleAtFixedRate(
                () -> {
                  ChannelFuture unused =
                      connection.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
                },
                DEAD_PEER_SECONDS / 3,
                DEAD_PEER_SECONDS / 3,
                TimeUnit.SECONDS);
    connection.closeFuture().addListener(closed -> beat.cancel(false));
  }

  private static IOException failure(Throwable cause) {
    return cause instanceof IOException io ? io : new IOException(cause.getMessage(), cause);
  }

  /** A connection: nothing but its stream counts. */
  private static final class Connection extends ChannelInboundHandlerAdapter {
    private final ChannelGroup group;

    Connection(ChannelGroup group) {
      this.group = group;
    }

    @Override
    public boolean isSharable() {
      return true;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      group.add(ctx.channel());
      ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof QuicStreamChannel) {
        ctx.fireChannelRead(message);
      } else {
        ReferenceCountUtil.release(message);
      }
    }
  }

  /** Closes all ports and links. */
  @Deactivate
  public void close() {
    ports.forEach(QuicPort::close);
    dialled.close().awaitUninterruptibly(DEAD_PEER_SECONDS, TimeUnit.SECONDS);
    sockets.close().awaitUninterruptibly();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private record QuicPort(Channel channel, ChannelGroup accepted) implements Port {
    @Override
    public InetSocketAddress address() {
      return (InetSocketAddress) channel.localAddress();
    }

    @Override
    public void close() {
      // first, so that their peers are told by the socket that is still there
      accepted.close().awaitUninterruptibly(DEAD_PEER_SECONDS, TimeUnit.SECONDS);
      channel.close().awaitUninterruptibly();
    }
  }
}
