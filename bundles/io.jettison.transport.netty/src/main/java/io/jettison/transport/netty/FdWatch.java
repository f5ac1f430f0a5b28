package io.jettison.transport.netty;

import io.jettison.api.transport.Link.Watch;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Someone else's file descriptor among those an event loop polls. */
final class FdWatch implements EpollIoHandle, Watch {
  private static final Logger LOG = LoggerFactory.getLogger(FdWatch.class);

  private final FileDescriptor descriptor;
  private final Runnable readable;
  private final EventLoop loop;
  private final List<FdWatch> all;
  private @Nullable IoRegistration registration;
  private boolean cancelled;

  /**
   * A watch.
   *
   * @param all where it is noted while it lasts; on the loop only
   */
  FdWatch(int descriptor, Runnable readable, EventLoop loop, List<FdWatch> all) {
    this.descriptor = new FileDescriptor(descriptor);
    this.readable = readable;
    this.loop = loop;
    this.all = all;
  }

  /**
   * Begins it; from any thread. As a task of the loop even on the loop itself: an earlier watch of
   * the same descriptor that another thread ended is still among those polled until the task that
   * takes it out has run, and a loop cannot poll a descriptor twice.
   */
  void register(IoEventLoop with) {
    try {
      with.execute(() -> registerNow(with));
    } catch (RejectedExecutionException e) {
      LOG.debug("descriptor {} is not polled: the loop has ended", descriptor.intValue());
    }
  }

  private void registerNow(IoEventLoop with) {
    if (cancelled) {
      return;
    }
    with.register(this)
        .addListener(
            (Future<IoRegistration> future) -> {
              if (!future.isSuccess()) {
                LOG.error("cannot poll descriptor {}", descriptor.intValue(), future.cause());
                return;
              }
              registration = future.getNow();
              if (cancelled) {
                registration.cancel();
              } else {
                registration.submit(EpollIoOps.EPOLLIN);
              }
            });
  }

  @Override
  public FileDescriptor fd() {
    return descriptor;
  }

  @Override
  public void handle(IoRegistration from, IoEvent event) {
    if (!cancelled) {
      readable.run();
    }
  }

  /** Ends it; on the loop. */
  void cancel() {
    cancelled = true;
    all.remove(this);
    IoRegistration registered = registration;
    if (registered != null) {
      registration = null;
      registered.cancel();
    }
  }

  @Override
  public void close() {
    if (loop.inEventLoop()) {
      cancel();
    } else if (!loop.isShuttingDown()) {
      loop.execute(this::cancel);
    }
  }
}
