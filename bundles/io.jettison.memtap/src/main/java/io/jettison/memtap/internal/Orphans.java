package io.jettison.memtap.internal;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches for the faults of VMs that have no page link, be it that their desktop sleeps: what is
 * known to be zero or was fetched ahead is served all the same. One thread for all of them, which
 * sleeps when there are none.
 */
final class Orphans {
  private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);
  private static final int POLLFD_BYTES = 8;
  private static final int REVENTS_AT = 6;
  private static final short POLLIN = 1;

  /** How long a VM that has just lost its link waits to be watched. */
  private static final int PATIENCE_MILLIS = 20;

  private static final class Poll {
    static {
      Native.register(Poll.class, "c");
    }

    private Poll() {}

    static native int poll(long descriptors, long count, int millis);
  }

  private final CopyOnWriteArrayList<PageTap> taps = new CopyOnWriteArrayList<>();
  private final Thread thread = new Thread(this::watch, "jettison-orphans");
  private volatile boolean closed;

  Orphans() {
    thread.setDaemon(true);
    thread.start();
  }

  void add(PageTap tap) {
    taps.addIfAbsent(tap);
    LockSupport.unpark(thread);
  }

  void remove(PageTap tap) {
    taps.remove(tap);
  }

  void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  private void watch() {
    while (!closed) {
      Object[] now = taps.toArray();
      if (now.length == 0) {
        LockSupport.park(this);
      } else {
        try {
          poll(now);
        } catch (RuntimeException e) {
          LOG.error("faults without a link could not be looked at", e);
        }
      }
    }
  }

  private static void poll(Object[] now) {
    try (Memory descriptors = new Memory((long) POLLFD_BYTES * now.length)) {
      descriptors.clear();
      for (int i = 0; i < now.length; i++) {
        descriptors.setInt((long) POLLFD_BYTES * i, ((PageTap) now[i]).descriptor());
        descriptors.setShort((long) POLLFD_BYTES * i + Integer.BYTES, POLLIN);
      }
      if (Poll.poll(Pointer.nativeValue(descriptors), now.length, PATIENCE_MILLIS) > 0) {
        for (int i = 0; i < now.length; i++) {
          if (descriptors.getShort((long) POLLFD_BYTES * i + REVENTS_AT) != 0) {
            ((PageTap) now[i]).orphaned();
          }
        }
      }
    }
  }
}
