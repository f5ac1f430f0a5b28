package io.jettison.shell.internal;

import io.jettison.api.wake.WakeListener;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Remembers the wakes this host sent. Thread-safe. */
@Component(
    service = {WakeLog.class, WakeListener.class},
    immediate = true)
public final class WakeLog implements WakeListener {
  /** Wakes that are remembered. */
  private static final int REMEMBERED = 1_000;

  /**
   * A wake.
   *
   * @param at when the first wake-up was sent
   * @param pc the PC's name
   * @param need what it was needed for first
   * @param selective whether a page alone was asked for
   * @param end how it ended; empty: it has not yet
   * @param rounds how often wake-ups were sent
   * @param needs how many different needs there were
   * @param took until it ended
   */
  record Sent(
      Instant at,
      String pc,
      String need,
      boolean selective,
      Optional<End> end,
      int rounds,
      int needs,
      Optional<Duration> took) {}

  private record Entry(long number, Sent sent) {}

  private final Deque<Entry> entries = new ArrayDeque<>();

  /** Begins with none. */
  @Activate
  public WakeLog() {}

  @Override
  public synchronized void began(Wake wake) {
    add(wake, Optional.empty(), 0, 1, Optional.empty(), Instant.now());
  }

  @Override
  public synchronized void ended(Wake wake, End end, int rounds, int needs, Duration took) {
    Instant at =
        entries.stream()
            .filter(entry -> entry.number() == wake.number())
            .findFirst()
            .map(entry -> entry.sent().at())
            .orElse(Instant.now().minus(took));
    entries.removeIf(entry -> entry.number() == wake.number());
    add(wake, Optional.of(end), rounds, needs, Optional.of(took), at);
  }

  private void add(
      Wake wake, Optional<End> end, int rounds, int needs, Optional<Duration> took, Instant at) {
    if (entries.size() == REMEMBERED) {
      entries.removeFirst();
    }
    Sent sent =
        new Sent(at, wake.pc(), wake.need().toString(), wake.selective(), end, rounds, needs, took);
    entries.addLast(new Entry(wake.number(), sent));
  }

  /** The last wakes, in the order of their ends. */
  synchronized List<Sent> all() {
    List<Sent> all = new ArrayList<>();
    entries.forEach(entry -> all.add(entry.sent()));
    return all;
  }
}
