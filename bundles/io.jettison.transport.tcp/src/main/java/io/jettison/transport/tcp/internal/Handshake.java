package io.jettison.transport.tcp.internal;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stands behind TLS until the handshake is done: only then is the channel active for its link. */
final class Handshake extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Handshake.class);

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    // not yet
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        ctx.fireChannelActive();
        ctx.pipeline().remove(this);
        return;
      }
      if (handshake.cause() instanceof NotSslRecordException) {
        refuse(ctx);
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  // Netty closes such a channel without a word
  private static void refuse(ChannelHandlerContext ctx) {
    LOG.warn("{} does not speak TLS: {}", ctx.channel().remoteAddress(), Tls.REMEDY);
    ChannelFuture unused =
        ctx.pipeline()
            .context(SslHandler.class)
            .writeAndFlush(Unpooled.wrappedBuffer(PlainPeer.ALERT));
  }
}
