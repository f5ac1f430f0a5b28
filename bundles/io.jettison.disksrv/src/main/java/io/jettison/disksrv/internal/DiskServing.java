package io.jettison.disksrv.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.disk.DiskFormat;
import io.jettison.api.memory.PageSet;
import io.jettison.disksrv.Disksrv.Serving;
import io.jettison.memsrv.Memsrv;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Block service for one disk in one stay. Requests wait in the page service until the image is
 * open. If its format goes, the page service is begun anew: what the server was not answered it
 * asks again, and that waits until there is a format.
 */
final class DiskServing implements Serving {
  private static final Logger LOG = LoggerFactory.getLogger(DiskServing.class);
  private static final long FIRST_RETRY_MILLIS = 50;
  private static final long LAST_RETRY_MILLIS = 2_000;
  private static final long OPEN_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final String name;
  private final LeftDisk disk;
  private final Supplier<Memsrv.Serving> service;
  private final Executor background;
  private final Consumer<DiskServing> onClose;

  @GuardedBy("this")
  private Memsrv.Serving pages;

  @GuardedBy("this")
  private boolean left;

  @GuardedBy("this")
  private boolean opening;

  @GuardedBy("this")
  private boolean open;

  @GuardedBy("this")
  private boolean closed;

  /** Counts formats that went: an image that one of them opened is not served. */
  @GuardedBy("this")
  private int gone;

  /** A format came since the image was last tried. */
  @GuardedBy("this")
  private boolean worthAnother;

  @GuardedBy("this")
  private long blocksBefore;

  @GuardedBy("this")
  private long bytesBefore;

  /**
   * Calls the server.
   *
   * @param name for the log
   * @param service calls it, and answers nothing yet
   */
  DiskServing(
      String name,
      LeftDisk disk,
      Supplier<Memsrv.Serving> service,
      Executor background,
      Consumer<DiskServing> onClose) {
    this.name = name;
    this.disk = disk;
    this.service = service;
    this.background = background;
    this.onClose = onClose;
    this.pages = service.get();
  }

  @Override
  public synchronized void begin() {
    left = true;
    openLater();
  }

  @GuardedBy("this")
  private void openLater() {
    if (left && !opening && !open && !closed) {
      opening = true;
      background.execute(this::openAtLast);
    }
  }

  private void openAtLast() {
    String said = "";
    for (long millis = FIRST_RETRY_MILLIS; ; millis = Math.min(2 * millis, LAST_RETRY_MILLIS)) {
      int seen = attempt();
      disk.shut(); // a format that went meanwhile may have opened it
      String why = disk.open() instanceof Refused<Nothing> refused ? refused.oneLine() : "";
      if (!why.isEmpty() && !why.equals(said)) {
        LOG.warn("the disk {} cannot be read yet: {}", name, why);
        said = why;
      }
      if (ended(seen, why.isEmpty(), millis)) {
        return;
      }
    }
  }

  /** Begins one; returns how many formats went before it. */
  private synchronized int attempt() {
    worthAnother = false;
    return gone;
  }

  /** Begins to answer if the image is open, else waits; returns whether there is no more to do. */
  private synchronized boolean ended(int seen, boolean opened, long millis) {
    if (!closed && opened && seen == gone) {
      open = true;
      pages.begin();
    } else if (!closed && !opened && !worthAnother) {
      pause(millis);
    }
    opening = !closed && !open;
    notifyAll();
    return !opening;
  }

  @GuardedBy("this")
  @SuppressWarnings("WaitNotInLoop") // what calls it loops
  private void pause(long millis) {
    try {
      wait(millis);
    } catch (InterruptedException e) {
      closed = true; // the component ends
    }
  }

  /** A format came: it may be what was waited for. */
  synchronized void formatCame() {
    worthAnother = true;
    notifyAll();
  }

  /** A format went: what it opened is its own no more. */
  void formatWent(DiskFormat format) {
    synchronized (this) {
      gone++;
      if (closed || opening || !disk.isOpenedBy(format)) {
        return;
      }
      opening = true;
      open = false;
      blocksBefore += pages.pagesSent();
      bytesBefore += pages.bytesSent();
      pages.close();
      pages = service.get();
    }
    disk.shut(); // outside the lock: it may wait for a program to end
    synchronized (this) {
      opening = false;
      openLater();
    }
  }

  @Override
  public PageSet allocated() throws IOException {
    synchronized (this) {
      while (!open && !closed) {
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted while waiting for the disk " + name);
        }
      }
    }
    return disk.populated();
  }

  @Override
  public void read(long block, ByteBuffer into) throws IOException {
    long deadline = System.nanoTime() + OPEN_NANOS;
    synchronized (this) {
      for (long left = OPEN_NANOS; !open && !closed && left > 0; ) {
        try {
          TimeUnit.NANOSECONDS.timedWait(this, left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted while waiting for the disk " + name);
        }
        left = deadline - System.nanoTime();
      }
    }
    disk.read(block, into);
  }

  @Override
  public synchronized long blocksSent() {
    return blocksBefore + pages.pagesSent();
  }

  @Override
  public synchronized long bytesSent() {
    return bytesBefore + pages.bytesSent();
  }

  @Override
  public synchronized long lastRequestNanos() {
    return pages.lastRequestNanos();
  }

  @Override
  public synchronized boolean linked() {
    return pages.linked();
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
      pages.close();
    }
    disk.close();
    onClose.accept(this);
  }
}
