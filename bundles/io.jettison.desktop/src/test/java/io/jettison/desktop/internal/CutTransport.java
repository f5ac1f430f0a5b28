package io.jettison.desktop.internal;

import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkAcceptor;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.transport.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Another transport whose calls can be made to break off, or to do something, as what a VM changed
 * comes by them; whose links can all be cut; and that ends with its host's JVM.
 */
final class CutTransport implements Transport {
  /** STAGE, ROUND_END, SAVED and STAGE_PACKED. */
  private static final Set<Byte> COUNTED = Set.of((byte) 15, (byte) 16, (byte) 18, (byte) 27);

  private final Transport real;
  private final AtomicInteger left = new AtomicInteger();
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Runnable then;
  private volatile boolean dead;

  CutTransport(Transport real) {
    this.real = real;
  }

  /** Instead of taking message {@code count} from now on, the first being 1, its link closes. */
  void cutAt(int count) {
    then = null;
    left.set(count);
  }

  /** As message {@code count} from now on comes, this is done first. */
  void at(int count, Runnable action) {
    then = action;
    left.set(count);
  }

  /** All links there are now end. */
  void cut() {
    links.forEach(Link::close);
  }

  /** The host's JVM is gone: nothing comes, nothing leaves, and nobody can be called. */
  void die() {
    dead = true;
    cut();
  }

  /** Its successor is there. */
  void live() {
    dead = false;
  }

  boolean isDead() {
    return dead;
  }

  /** All goes well from now on. */
  void mend() {
    left.set(0);
  }

  @Override
  public Port listen(InetSocketAddress address, LinkAcceptor acceptor) throws IOException {
    return real.listen(address, acceptor);
  }

  @Override
  public CompletionStage<Link> connect(InetSocketAddress peer, LinkHandler handler) {
    if (dead) {
      return CompletableFuture.failedStage(new IOException("this host is gone"));
    }
    return real.connect(
        peer,
        new LinkHandler() {
          @Override
          public void opened(Link link) {
            links.add(link);
            if (dead) {
              link.close();
            }
            handler.opened(link);
          }

          @Override
          public void message(Link link, ByteBuffer message) {
            if (dead) {
              link.close();
              return;
            }
            boolean counted = COUNTED.contains(message.get(message.position()));
            if (!counted || left.getAndUpdate(n -> Math.max(0, n - 1)) != 1) {
              handler.message(link, message);
              return;
            }
            Runnable action = then;
            if (action == null) {
              link.close();
            } else {
              action.run();
              if (!dead) {
                handler.message(link, message);
              }
            }
          }

          @Override
          public void drained(Link link) {
            handler.drained(link);
          }

          @Override
          public void closed(Link link, @Nullable Throwable cause) {
            links.remove(link);
            handler.closed(link, cause);
          }
        });
  }
}
