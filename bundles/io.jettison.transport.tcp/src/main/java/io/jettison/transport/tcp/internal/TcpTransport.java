package io.jettison.transport.tcp.internal;

import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkAcceptor;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.transport.Transport;
import io.jettison.transport.netty.Identity;
import io.jettison.transport.netty.Polling;
import io.jettison.transport.netty.StreamLink;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** Links over TCP, on epoll: its event loops also watch userfaultfds. */
@Component(configurationPid = "io.jettison.transport.tcp", property = Transport.NAME + "=tcp")
@Designate(ocd = TcpTransport.Config.class)
public final class TcpTransport implements Transport {
  private static final int POLL_MICROS = 50;
  private static final String ON = "on";
  private static final String OFF = "off";

  /** Section [transport.tcp]. */
  @ObjectClassDefinition(name = "Links over TCP")
  public @interface Config {
    /** Longest polling. */
    @AttributeDefinition(
        min = "0",
        max = "1000",
        description =
            "microseconds to poll for an expected message before sleeping; 0: always sleep")
    int poll() default POLL_MICROS;

    /** Encryption. */
    @AttributeDefinition(
        description = "whether links are encrypted (TLS 1.3); the same on both hosts",
        options = {@Option(OFF), @Option(ON)})
    String tls() default OFF;
  }

  private static final int CONNECT_MILLIS = 5_000;

  /** A peer that vanished is noticed within this time, whether or not anything is being sent. */
  private static final int DEAD_PEER_SECONDS = 20;

  // what a channel's pipeline held is not to be found there any more once it is closed
  private static final AttributeKey<Link> LINK = AttributeKey.valueOf(TcpTransport.class, "link");

  // writable means: everything flushed has left
  private static final WriteBufferWaterMark DRAINED = new WriteBufferWaterMark(1, 1);

  private static final Map<ChannelOption<Integer>, Integer> KEEPALIVE =
      Map.of(
          EpollChannelOption.TCP_KEEPIDLE,
          DEAD_PEER_SECONDS / 2,
          EpollChannelOption.TCP_KEEPINTVL,
          DEAD_PEER_SECONDS / 4,
          EpollChannelOption.TCP_KEEPCNT,
          2,
          EpollChannelOption.TCP_USER_TIMEOUT,
          DEAD_PEER_SECONDS * 1_000);

  private final @Nullable Identity identity;
  private final EventLoopGroup loops;
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  /**
   * Starts the event loops.
   *
   * @throws IllegalStateException if there is no epoll here
   */
  @Activate
  public TcpTransport(BundleContext context, Config config) {
    this(config.tls().equals(ON) ? Identity.of(context) : null, config.poll());
  }

  /** Without TLS; polls for 50 microseconds at most. */
  public TcpTransport() {
    this(null, POLL_MICROS);
  }

  /** With TLS, and keys in a folder. */
  public TcpTransport(Path keys) {
    this(new Identity(keys), POLL_MICROS);
  }

  private TcpTransport(@Nullable Identity identity, int pollMicros) {
    if (!Epoll.isAvailable()) {
      throw new IllegalStateException(
          "transport.tcp needs Linux on x86-64, and Netty's native epoll library",
          Epoll.unavailabilityCause());
    }
    this.identity = identity;
    loops =
        new MultiThreadIoEventLoopGroup(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            new DefaultThreadFactory("jettison-link", true),
            EpollIoHandler.newFactory(
                0, () -> new Polling(TimeUnit.MICROSECONDS.toNanos(pollMicros))));
  }

  @Override
  public Port listen(InetSocketAddress address, LinkAcceptor acceptor) throws IOException {
    Tls tls = identity == null ? null : Tls.server(identity);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, DRAINED)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(4096, 65536, 1 << 18));
    KEEPALIVE.forEach(bootstrap::childOption);
    ChannelGroup accepted = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    bootstrap.childHandler(initializer(acceptor::accept, accepted, tls));
    ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen on " + address.getHostString() + ":" + address.getPort(), bound.cause());
    }
    channels.add(bound.channel());
    return new TcpPort(bound.channel(), accepted);
  }

  @Override
  public CompletionStage<Link> connect(InetSocketAddress peer, LinkHandler handler) {
    Tls tls;
    try {
      tls = identity == null ? null : Tls.desktop(identity, peer);
    } catch (SSLException e) {
      return CompletableFuture.failedFuture(e);
    }
    CompletableFuture<Link> connected = new CompletableFuture<>();
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loops)
            .channel(EpollSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, DRAINED)
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(4096, 65536, 1 << 18));
    KEEPALIVE.forEach(bootstrap::option);
    bootstrap.handler(initializer(link -> handler, channels, tls));
    bootstrap
        .connect(peer)
        .addListener(
            (ChannelFuture future) -> {
              if (future.isSuccess()) {
                complete(connected, future.channel(), tls);
              } else {
                connected.completeExceptionally(failure(future.cause()));
              }
            });
    return connected;
  }

  /** Completes a link that is connected. Its channel may have been closed since. */
  static void complete(CompletableFuture<Link> connected, Channel channel, @Nullable Tls tls) {
    Link link = channel.attr(LINK).get();
    if (tls == null) {
      connected.complete(link);
    } else {
      tls.complete(connected, link, channel);
    }
  }

  private static IOException failure(Throwable cause) {
    if (cause instanceof ConnectException
        && String.valueOf(cause.getMessage()).contains("refused")) {
      return new IOException("connection refused", cause);
    }
    return new IOException(String.valueOf(cause.getMessage()), cause);
  }

  ChannelInitializer<Channel> initializer(
      Function<Link, LinkHandler> handlers, ChannelGroup group, @Nullable Tls tls) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channels.add(channel);
        group.add(channel);
        StreamLink link;
        if (tls == null) {
          channel.pipeline().addLast(new PlainPeer());
          link = StreamLink.marked(channel, handlers);
        } else {
          tls.begin(channel);
          link =
              StreamLink.confirmed(
                  channel, channel::remoteAddress, handlers, ChannelFutureListener.CLOSE);
        }
        channel.attr(LINK).set(link);
        channel.pipeline().addLast(link);
      }
    };
  }

  /** Closes all ports and links. */
  @Deactivate
  public void close() {
    channels.close().awaitUninterruptibly();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private record TcpPort(Channel channel, ChannelGroup accepted) implements Port {
    @Override
    public InetSocketAddress address() {
      return (InetSocketAddress) channel.localAddress();
    }

    @Override
    public void close() {
      channel.close().awaitUninterruptibly();
      accepted.close().awaitUninterruptibly();
    }
  }
}
