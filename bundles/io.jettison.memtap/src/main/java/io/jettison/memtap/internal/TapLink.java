package io.jettison.memtap.internal;

import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.jettison.wire.Hello;
import io.jettison.wire.WireException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A page link of a tap. */
final class TapLink implements LinkHandler {
  private static final Logger LOG = LoggerFactory.getLogger(TapLink.class);

  private final PageTap tap;
  private final Hello.Call call;

  TapLink(PageTap tap, Hello.Call call) {
    this.tap = tap;
    this.call = call;
  }

  @Override
  public void opened(Link link) {
    tap.take(link, call);
  }

  @Override
  public void message(Link link, ByteBuffer message) {
    try {
      tap.reply(link, message);
    } catch (WireException e) {
      // the desktop dials again, and what waits is asked for anew
      LOG.warn("the page link of {} is closed: {}", tap.vm(), e.getMessage());
      link.close();
    }
  }

  @Override
  public void closed(Link link, @Nullable Throwable cause) {
    tap.lose(link);
  }
}
