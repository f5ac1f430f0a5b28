package io.jettison.transport.tcp.internal;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks whether the first byte of a link without TLS comes from a peer that has it. */
final class PlainPeer extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(PlainPeer.class);

  private static final byte ALERT_RECORD = 21;
  private static final byte HANDSHAKE_RECORD = 22;

  /** What TLS answers to one that does not speak it: fatal, unexpected message (RFC 8446, 6). */
  static final byte[] ALERT = {ALERT_RECORD, 3, 3, 0, 2, 2, 10};

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    // a message that began so would be too long
    if (message instanceof ByteBuf bytes && bytes.isReadable() && isTls(bytes)) {
      ReferenceCountUtil.release(message);
      LOG.warn("{} speaks TLS: {}", ctx.channel().remoteAddress(), Tls.REMEDY);
      ctx.fireExceptionCaught(new IOException("the peer speaks TLS: " + Tls.REMEDY));
      return;
    }
    ctx.fireChannelRead(message);
    ctx.pipeline().remove(this);
  }

  private static boolean isTls(ByteBuf bytes) {
    byte first = bytes.getByte(bytes.readerIndex());
    return first == ALERT_RECORD || first == HANDSHAKE_RECORD;
  }
}
