package io.jettison.wakeup.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.wake.Need;
import io.jettison.api.wake.WakeListener.End;
import io.jettison.api.wake.WakeListener.Wake;
import io.jettison.api.wake.Waker.Context;
import io.jettison.api.wake.Waker.Target;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One wake: wake-ups sent until what is needed has been answered. Its PC calls it in its monitor;
 * it calls its PC outside of its own.
 */
final class Wakening {
  private static final Logger LOG = LoggerFactory.getLogger(Wakening.class);

  /** Needs remembered; what is forgotten is needed again by who resends its request. */
  private static final int MOST_NEEDS = 1024;

  private final SleepyPc pc;
  private final boolean maySelect;
  private final Pacing pacing;
  private final Timetable time;
  private final Outside outside;

  @GuardedBy("this")
  private final Map<Need, Optional<Context>> needs = new LinkedHashMap<>();

  @GuardedBy("this")
  private @Nullable Wake wake;

  @GuardedBy("this")
  private boolean ended;

  @GuardedBy("this")
  private boolean selective;

  @GuardedBy("this")
  private int rounds;

  @GuardedBy("this")
  private int different;

  @GuardedBy("this")
  private Duration pause;

  @GuardedBy("this")
  private String trouble = "";

  /**
   * Of a PC.
   *
   * @param maySelect whether a context may be sent
   */
  Wakening(
      SleepyPc pc,
      Map<Need, Optional<Context>> needs,
      boolean maySelect,
      Pacing pacing,
      Timetable time,
      Outside outside) {
    this.pc = pc;
    this.maySelect = maySelect;
    this.pacing = pacing;
    this.time = time;
    this.outside = outside;
    this.pause = pacing.repeat();
    this.needs.putAll(needs);
    this.different = needs.size();
  }

  /** Sends the first wake-up after a while, if it is not ended by then. */
  void begin(Duration delay) {
    time.after(delay, this::first);
  }

  synchronized void add(Need need, Optional<Context> context) {
    if (needs.size() < MOST_NEEDS && needs.putIfAbsent(need, context) == null) {
      different++;
    }
  }

  /**
   * Takes off what was answered; says whether anything was.
   *
   * @param broken whether any answer is one to what was not answered
   */
  synchronized boolean remove(Need answered, boolean broken) {
    boolean found = needs.remove(answered) != null;
    return (broken && needs.keySet().removeIf(need -> need.kind() == Need.Kind.SILENCE)) || found;
  }

  /** What was not answered yet. */
  synchronized Map<Need, Optional<Context>> needs() {
    return new LinkedHashMap<>(needs);
  }

  synchronized boolean hasBegun() {
    return wake != null;
  }

  /** Whether a wake-up with a context may have been sent: the PC may have resumed for that only. */
  synchronized boolean wasSelective() {
    return selective;
  }

  /** Whether any wake-up was sent. */
  synchronized boolean wasSent() {
    return rounds > 0;
  }

  synchronized String trouble() {
    return trouble;
  }

  private void first() {
    Wake begun;
    synchronized (this) {
      if (ended || needs.isEmpty()) { // all was answered just now
        return;
      }
      Need need = needs.keySet().iterator().next();
      selective = context().isPresent(); // from here on an answer may end it
      begun = new Wake(outside.nextWake(), pc.name(), need, selective, time.nanos());
      wake = begun;
    }
    pc.counted();
    LOG.info("waking {} for {}", begun.pc(), begun.need());
    outside.tell(listener -> listener.began(begun));
    round();
  }

  /** One context serves all if each could be served with one; the first names what is first. */
  @GuardedBy("this")
  private Optional<Context> context() {
    return !maySelect
            || needs.isEmpty()
            || needs.values().stream().anyMatch(Optional::isEmpty)
            || pc.address().wantsPassword()
        ? Optional.empty()
        : needs.values().iterator().next();
  }

  private void round() {
    Optional<Context> context;
    synchronized (this) {
      if (ended) {
        return;
      }
      rounds++;
      context = context();
      selective |= context.isPresent();
    }
    Outcome<Target> target = pc.address().target();
    next(
        target instanceof Refused<Target> refused
            ? refused.oneLine()
            : outside.send(target.orThrow(), context));
  }

  private void next(String problem) {
    Duration left;
    synchronized (this) {
      if (ended || wake == null) {
        return;
      }
      if (!problem.isEmpty() && !problem.equals(trouble)) {
        LOG.warn("{} cannot be woken: {}", pc.name(), problem);
      }
      trouble = problem;
      Duration since = Duration.ofNanos(time.nanos() - wake.atNanos());
      left = pacing.limit().minus(since);
      pause = pacing.next(since, pause);
      if (left.compareTo(Duration.ZERO) > 0) {
        time.after(pause.compareTo(left) < 0 ? pause : left, this::round);
        return;
      }
    }
    LOG.error("{} has not answered for {}: no more wake-ups are sent", pc.name(), pacing.limit());
    pc.gaveUp(this);
  }

  /** Ends it; the listeners hear of it if they heard of its beginning. */
  synchronized void end(End how) {
    ended = true;
    Wake begun = wake;
    if (begun != null) {
      int sent = rounds;
      int all = different;
      Duration took = Duration.ofNanos(time.nanos() - begun.atNanos());
      time.after(
          Duration.ZERO,
          () -> outside.tell(listener -> listener.ended(begun, how, sent, all, took)));
    }
  }

  @Override
  public synchronized String toString() {
    if (needs.isEmpty()) {
      return "nothing any more";
    }
    String first = needs.keySet().iterator().next().toString();
    return needs.size() == 1 ? first : first + " and " + (needs.size() - 1) + " more";
  }
}
