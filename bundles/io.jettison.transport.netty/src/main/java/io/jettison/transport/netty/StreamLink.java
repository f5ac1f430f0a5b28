package io.jettison.transport.netty;

import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.IoEventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A link over one channel that carries bytes in order. Fields without a comment belong to the event
 * loop.
 */
public final class StreamLink extends ByteToMessageDecoder implements Link {
  private static final Logger LOG = LoggerFactory.getLogger(StreamLink.class);
  private static final int LENGTH_BYTES = Integer.BYTES;
  private static final int INCOMING_BYTES = 8 << 10;

  private final Channel channel;
  private final Supplier<SocketAddress> peer;
  private final Function<Link, LinkHandler> handlers;
  private final List<FdWatch> watches = new ArrayList<>();
  private @Nullable LinkHandler handler;
  private final Outgoing outgoing;
  private ByteBuffer incoming = ByteBuffer.allocateDirect(INCOMING_BYTES);
  private @Nullable Throwable cause;
  private final ChannelFutureListener ending;
  private volatile boolean closing;

  private StreamLink(
      Channel channel,
      Supplier<SocketAddress> peer,
      Function<Link, LinkHandler> handlers,
      boolean confirmed,
      ChannelFutureListener ending) {
    this.channel = channel;
    this.peer = peer;
    this.handlers = handlers;
    this.ending = ending;
    this.outgoing = new Outgoing(channel, confirmed ? this::drained : null);
  }

  /** Over a channel that is writable when, and only when, everything flushed has left. */
  public static StreamLink marked(Channel channel, Function<Link, LinkHandler> handlers) {
    return new StreamLink(
        channel, channel::remoteAddress, handlers, false, ChannelFutureListener.CLOSE);
  }

  /**
   * Over a channel that tells of each write alone when it has left.
   *
   * @param peer asked for the IP address of the other end, which such a channel need not know
   * @param ending ends the channel once all was written
   */
  public static StreamLink confirmed(
      Channel channel,
      Supplier<SocketAddress> peer,
      Function<Link, LinkHandler> handlers,
      ChannelFutureListener ending) {
    return new StreamLink(channel, peer, handlers, true, ending);
  }

  @Override
  public SocketAddress peer() {
    return peer.get();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    LinkHandler accepted = handlers.apply(this);
    handler = accepted;
    accepted.opened(this);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws IOException {
    LinkHandler receiver = handler;
    while (receiver != null && !closing && channel.isOpen() && in.readableBytes() >= LENGTH_BYTES) {
      int length = in.getInt(in.readerIndex());
      if (length < 1 || length > MAX_MESSAGE) {
        in.skipBytes(in.readableBytes());
        throw new IOException(
            "the peer sent a message of " + Integer.toUnsignedString(length) + " bytes");
      }
      if (in.readableBytes() < LENGTH_BYTES + length) {
        return;
      }
      // copied, since Netty allocates a view for each of its buffers
      if (incoming.capacity() < length) {
        incoming = ByteBuffer.allocateDirect(Integer.highestOneBit(length) << 1);
      }
      in.getBytes(in.readerIndex() + LENGTH_BYTES, incoming.clear().limit(length));
      receiver.message(this, incoming.flip());
      in.skipBytes(LENGTH_BYTES + length);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable() && !outgoing.confirms()) {
      drained();
    }
  }

  private void drained() {
    LinkHandler receiver = handler;
    if (receiver != null) {
      receiver.drained(this);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    super.userEventTriggered(ctx, event);
    if (event instanceof ChannelInputShutdownEvent
        || event instanceof ChannelInputShutdownReadComplete
        || event instanceof SslCloseCompletionEvent) {
      ChannelFuture unused = ctx.close(); // a link has no half
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable failure) {
    Throwable real =
        failure instanceof DecoderException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (!(real instanceof IOException)) {
      LOG.error("a link's handler failed; the link to {} is closed", channel.remoteAddress(), real);
    }
    cause = real;
    ChannelFuture unused = ctx.close();
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    List.copyOf(watches).forEach(FdWatch::cancel);
    outgoing.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    super.channelInactive(ctx);
    List.copyOf(watches).forEach(FdWatch::cancel);
    LinkHandler receiver = handler;
    if (receiver != null) {
      handler = null;
      receiver.closed(this, cause);
    }
  }

  @Override
  public ByteBuffer begin(int length) {
    if (length < 1 || length > MAX_MESSAGE) {
      throw new IllegalStateException("a message of " + length + " bytes");
    }
    return outgoing.begin(length);
  }

  @Override
  public void end() {
    outgoing.end();
  }

  @Override
  public void flush() {
    outgoing.write();
    channel.flush();
  }

  @Override
  public void expect() {
    Polling.expect();
  }

  @Override
  public long pending() {
    if (outgoing.confirms()) {
      return outgoing.gathered() + outgoing.unconfirmed();
    }
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return outgoing.gathered() + (buffer == null ? 0 : buffer.totalPendingWriteBytes());
  }

  @Override
  public Watch watch(int descriptor, Runnable readable) {
    FdWatch watch = new FdWatch(descriptor, guarded(readable), channel.eventLoop(), watches);
    watches.add(watch);
    watch.register((IoEventLoop) channel.eventLoop());
    return watch;
  }

  private Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        channel.pipeline().fireExceptionCaught(e);
      }
    };
  }

  @Override
  public boolean execute(Runnable task) {
    if (!channel.isOpen()) {
      return false;
    }
    Runnable guarded = guarded(task);
    try {
      channel
          .eventLoop()
          .execute(
              () -> {
                if (channel.isOpen()) {
                  guarded.run();
                }
              });
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  @Override
  public void close() {
    closing = true;
    if (channel.isOpen()) {
      ChannelFuture unused = channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ending);
    }
  }
}
