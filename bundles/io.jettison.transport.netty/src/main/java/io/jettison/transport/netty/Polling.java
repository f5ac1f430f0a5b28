package io.jettison.transport.netty;

import io.netty.channel.SelectStrategy;
import io.netty.util.IntSupplier;
import io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;

/**
 * Polls for a while instead of sleeping, when something is expected. To wake a sleeping thread
 * costs some 20 microseconds on a virtual machine, which is as long as a page takes to come. Polls
 * shorter and shorter if it is in vain. One for each event loop; used by its thread only.
 */
public final class Polling implements SelectStrategy {
  private static final FastThreadLocal<@Nullable Polling> CURRENT = new FastThreadLocal<>();

  /** Every so many times the full time is tried, however vain it was. */
  private static final int RETRY = 128;

  private final long most;
  private long nanos;
  private long until;
  private int tries;
  private boolean expecting;
  private boolean known;

  /** Polls for this long at most. */
  public Polling(long most) {
    this.most = most;
    this.nanos = most;
  }

  /** Something is expected on the event loop whose thread calls. */
  public static void expect() {
    Polling polling = CURRENT.get();
    if (polling != null) {
      polling.begin();
    }
  }

  private void begin() {
    if (++tries % RETRY == 0) {
      nanos = most;
    }
    expecting = nanos > 0;
    until = expecting ? System.nanoTime() + nanos : 0;
  }

  @Override
  public int calculateStrategy(IntSupplier ready, boolean hasTasks) throws Exception {
    if (!known) {
      known = true;
      CURRENT.set(this);
    }
    if (hasTasks) {
      return ready.get();
    }
    if (expecting) {
      expecting = false;
      do {
        int events = ready.get();
        if (events > 0) {
          nanos = Math.min(most, 2 * nanos);
          return events;
        }
      } while (System.nanoTime() < until);
      nanos /= 2; // in vain: on this link, answers take longer
    }
    return SELECT;
  }
}
