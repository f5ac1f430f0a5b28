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
import java.io.IOException;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Someone else's file descriptor among those an event loop polls. It has a duplicate of its own:
 * the owner may close the descriptor before the loop has let go of it, and its number may be
 * another file's at once, which the loop would take for the one it still has.
 */
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
   * @throws IllegalStateException if the descriptor cannot be duplicated
   */
  FdWatch(int descriptor, Runnable readable, EventLoop loop, List<FdWatch> all) {
    this.descriptor = new FileDescriptor(Linux.duplicate(descriptor));
    this.readable = readable;
    this.loop = loop;
    this.all = all;
  }

  /** Begins it; from any thread, as a task of the loop. */
  void register(IoEventLoop with) {
    try {
      with.execute(() -> registerNow(with));
    } catch (RejectedExecutionException e) {
      LOG.debug("descriptor {} is not polled: the loop has ended", descriptor.intValue());
      free();
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
    free();
  }

  private void free() {
    try {
      descriptor.close();
    } catch (IOException e) {
      LOG.warn("descriptor {} cannot be closed", descriptor.intValue(), e);
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
