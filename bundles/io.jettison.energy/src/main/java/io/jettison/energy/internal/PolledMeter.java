package io.jettison.energy.internal;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a counter now and then, so that nobody has to wait for it. A count that fell began anew:
 * what it counted before that since it was last asked is lost, and the figure is too low rather
 * than too high.
 */
final class PolledMeter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PolledMeter.class);

  private final String name;
  private final Counter counter;
  private final ScheduledThreadPoolExecutor poll;
  private volatile double joules = Double.NaN;
  private double total;
  private double last = Double.NaN;
  private String trouble = "";

  /** Does nothing before {@link #start}. */
  PolledMeter(String name, Counter counter) {
    this.name = name;
    this.counter = counter;
    poll =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "meter " + name);
              thread.setDaemon(true);
              return thread;
            });
  }

  PolledMeter start(Duration every) {
    Future<?> unused =
        poll.scheduleWithFixedDelay(this::poll, 0, every.toMillis(), TimeUnit.MILLISECONDS);
    return this;
  }

  /** What was counted since the first answer; NaN before it and while there is none. */
  double joules() {
    return joules;
  }

  /** Asks. One thread at a time. */
  void poll() {
    try {
      double count = counter.joules();
      if (!Double.isNaN(last)) {
        total += count >= last ? count - last : count;
      }
      last = count;
      joules = total;
      report("");
    } catch (IOException | RuntimeException e) {
      joules = Double.NaN;
      report(String.valueOf(e.getMessage()));
    }
  }

  private void report(String found) {
    if (!found.equals(trouble) && !poll.isShutdown()) {
      trouble = found;
      if (found.isEmpty()) {
        LOG.info("the meter {} answers again", name);
      } else {
        LOG.warn("the meter {} does not answer: {}", name, found);
      }
    }
  }

  @Override
  public void close() {
    poll.shutdownNow();
  }
}
