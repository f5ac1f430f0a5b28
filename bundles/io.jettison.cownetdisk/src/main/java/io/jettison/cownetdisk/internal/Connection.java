package io.jettison.cownetdisk.internal;

import io.jettison.transport.netty.Polling;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client's connection. On the disk's loop. */
final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  private final Channel channel;
  private final DiskLoop disk;
  private final Input input;
  private final Replies replies;
  private final Handshake handshake;
  private final Future<?> tooSlow;
  private @Nullable Transmission transmission;
  private boolean finished;
  private boolean pumping;
  private boolean released;

  Connection(Channel channel, DiskLoop disk, Input input, long handshakeMillis) {
    this.channel = channel;
    this.disk = disk;
    this.input = input;
    this.replies = new Replies(channel);
    this.handshake = new Handshake(disk.export(), disk.store().bytes(), replies);
    this.tooSlow =
        channel.eventLoop().schedule(this::close, handshakeMillis, TimeUnit.MILLISECONDS);
  }

  Replies replies() {
    return replies;
  }

  ByteBuf allocate(int bytes) {
    return channel.alloc().directBuffer(bytes, bytes);
  }

  boolean isOpen() {
    return !released && channel.isOpen();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    handshake.greet();
    replies.flush();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ((ByteBuf) message).release(); // the input keeps it
    resume();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable()) {
      resume();
    }
  }

  /** Goes on with what there is to do, and answers. Fails for this connection alone. */
  void resume() {
    if (pumping || !isOpen()) {
      return; // it is being done
    }
    pumping = true;
    try {
      while (channel.isWritable() && !finished && channel.isOpen() && step()) {
        // goes on
      }
    } catch (RuntimeException | Error e) {
      LOG.error("a connection of {} failed and is closed", disk.name(), e);
      close();
    } finally {
      pumping = false;
    }
    disk.tap().ask();
    if (replies.flush()) {
      Polling.expect(); // a client that was answered asks for more
    }
    if (channel.isOpen() && !finished) {
      boolean more = channel.isWritable() && (transmission == null || transmission.wantsMore());
      if (channel.config().isAutoRead() != more) {
        channel.config().setAutoRead(more);
      }
    }
  }

  private boolean step() {
    if (transmission != null) {
      return transmission.step(input.buffer());
    }
    switch (handshake.step(input.buffer())) {
      case MORE -> {
        return false;
      }
      case GO -> {
        tooSlow.cancel(false);
        transmission = new Transmission(this, disk, handshake.isStructured(), handshake.contexts());
      }
      case END -> finish();
      default -> {
        // the next option
      }
    }
    return true;
  }

  /** Closes the connection once what was answered has left. */
  void finish() {
    finished = true;
    replies.flush();
    ChannelFuture unused =
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  /** Closes the connection at once. */
  void close() {
    ChannelFuture unused = channel.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    release();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    release();
  }

  private void release() {
    if (!released) {
      released = true;
      tooSlow.cancel(false);
      if (transmission != null) {
        transmission.close();
      }
      replies.close();
      input.close();
      disk.closed(this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable failure) {
    if (failure instanceof IOException) {
      LOG.debug("a client of {} is gone: {}", disk.name(), failure.toString());
    } else {
      LOG.error("a connection of {} failed and is closed", disk.name(), failure);
    }
    close();
  }
}
