package io.jettison.transport.tcp.internal;

import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkAcceptor;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.transport.Transport;
import io.jettison.transport.netty.Polling;
import io.jettison.transport.netty.StreamLink;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
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
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Links over TCP, on epoll: its event loops also watch userfaultfds. */
@Component(configurationPid = "io.jettison.transport.tcp", property = Transport.NAME + "=tcp")
@Designate(ocd = TcpTransport.Config.class)
public final class TcpTransport implements Transport {
  private static final int POLL_MICROS = 50;

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
  }

  private static final int CONNECT_MILLIS = 5_000;

  /** A peer that vanished is noticed within this time, whether or not anything is being sent. */
  private static final int DEAD_PEER_SECONDS = 20;

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

  private final EventLoopGroup loops;
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  /**
   * Starts the event loops.
   *
   * @throws IllegalStateException if there is no epoll here
   */
  @Activate
  public TcpTransport(Config config) {
    this(config.poll());
  }

  /** That polls for 50 microseconds at most. */
  public TcpTransport() {
    this(POLL_MICROS);
  }

  private TcpTransport(int pollMicros) {
    if (!Epoll.isAvailable()) {
      throw new IllegalStateException(
          "transport.tcp needs Linux on x86-64, and Netty's native epoll library",
          Epoll.unavailabilityCause());
    }
    loops =
        new MultiThreadIoEventLoopGroup(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            new DefaultThreadFactory("jettison-link", true),
            EpollIoHandler.newFactory(
                0, () -> new Polling(TimeUnit.MICROSECONDS.toNanos(pollMicros))));
  }

  @Override
  public Port listen(InetSocketAddress address, LinkAcceptor acceptor) throws IOException {
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
    bootstrap.childHandler(initializer(acceptor::accept, accepted));
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
    bootstrap.handler(initializer(link -> handler, channels));
    bootstrap
        .connect(peer)
        .addListener(
            (ChannelFuture future) -> {
              if (future.isSuccess()) {
                connected.complete(future.channel().pipeline().get(StreamLink.class));
              } else {
                connected.completeExceptionally(failure(future.cause()));
              }
            });
    return connected;
  }

  private static IOException failure(Throwable cause) {
    if (cause instanceof ConnectException
        && String.valueOf(cause.getMessage()).contains("refused")) {
      return new IOException("connection refused", cause);
    }
    return new IOException(String.valueOf(cause.getMessage()), cause);
  }

  private ChannelInitializer<Channel> initializer(
      Function<Link, LinkHandler> handlers, ChannelGroup group) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channels.add(channel);
        group.add(channel);
        channel.pipeline().addLast(StreamLink.marked(channel, handlers));
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
