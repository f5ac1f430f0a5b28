package io.jettison.cownetdisk.internal;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.prefetch.PrefetchPolicy;
import io.jettison.api.prefetch.PrefetchPolicy.Known;
import io.jettison.api.prefetch.PrefetchPolicy.Plan;
import io.jettison.api.prefetch.PrefetchPolicy.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the read-ahead policy there is, and does without one that fails. {@link #fault}, {@link
 * #hit} and {@link #room} are for the disk's loop; opening and ending sessions, which may read and
 * write files, is for any other thread.
 */
final class Prefetcher {
  private static final Logger LOG = LoggerFactory.getLogger(Prefetcher.class);

  private final String disk;
  private final MemoryMap map;
  private @Nullable PrefetchPolicy policy;
  private volatile @Nullable Session session;
  private volatile boolean more;

  Prefetcher(String disk, MemoryMap map) {
    this.disk = disk;
    this.map = map;
  }

  /** Puts a policy in the place of the one before, if it is another; null for none. */
  synchronized void use(@Nullable PrefetchPolicy chosen, PageSet touched) {
    if (chosen == policy) {
      return;
    }
    end(touched, false);
    policy = chosen;
    if (chosen != null) {
      try {
        session = chosen.open(disk, map);
        more = true;
      } catch (RuntimeException | LinkageError e) {
        failed(e);
      }
    }
  }

  /** Ends the session. */
  synchronized void end(PageSet touched, boolean wentHome) {
    Session ending = session;
    session = null;
    more = false;
    policy = null;
    if (ending != null) {
      try {
        ending.end(touched, wentHome);
      } catch (RuntimeException | LinkageError e) {
        failed(e);
      }
    }
  }

  void fault(long block, Known known, Plan plan) {
    Session asked = session;
    if (asked != null) {
      try {
        more = true;
        asked.fault(block, known, plan);
      } catch (RuntimeException | LinkageError e) {
        failed(e);
      }
    }
  }

  void hit(long block, Known known, Plan plan) {
    Session asked = session;
    if (asked != null) {
      try {
        more = true;
        asked.hit(block, known, plan);
      } catch (RuntimeException | LinkageError e) {
        failed(e);
      }
    }
  }

  void room(Known known, Plan plan) {
    Session asked = session;
    if (asked != null && more) {
      try {
        more = asked.room(known, plan);
      } catch (RuntimeException | LinkageError e) {
        failed(e);
      }
    }
  }

  private void failed(Throwable failure) {
    session = null;
    LOG.error("{} goes on without its read-ahead policy, which failed", disk, failure);
  }
}
