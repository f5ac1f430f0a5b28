package io.jettison.wakeup.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.wake.Need;
import io.jettison.api.wake.WakeListener.End;
import io.jettison.api.wake.Waker.Context;
import io.jettison.wakeup.Pc;
import io.jettison.wakeup.PcStatus;
import io.jettison.wakeup.PcStatus.State;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A PC, and the wake under way if there is one. The monitor guards the wake; what the fault path
 * reads and writes are fields without order among each other: each alone is true at some moment,
 * and what a race leaves undecided, {@link #watch} decides a little later.
 */
final class SleepyPc implements Pc {
  private static final long NEVER = Long.MIN_VALUE;

  private static final VarHandle ASKED;
  private static final VarHandle HEARD;
  private static final VarHandle UNANSWERED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      ASKED = lookup.findVarHandle(SleepyPc.class, "asked", long.class);
      HEARD = lookup.findVarHandle(SleepyPc.class, "heard", long.class);
      UNANSWERED = lookup.findVarHandle(SleepyPc.class, "unanswered", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final String name;
  private final PcAddress address;
  private final Pacing pacing;
  private final Timetable time;
  private final Outside outside;

  /** When the last request was sent. */
  @SuppressWarnings("UnusedVariable") // by its handle
  private long asked = NEVER;

  /** When it last said something. */
  @SuppressWarnings("UnusedVariable")
  private long heard = NEVER;

  /** When the first request after its last answer was sent; NEVER: it owes nothing. */
  @SuppressWarnings("UnusedVariable")
  private long unanswered = NEVER;

  private volatile State state = State.UNLINKED;
  private volatile long timerNanos;

  /** Changed in the monitor only. */
  private volatile @Nullable Wakening wakening;

  @GuardedBy("this")
  private long wakes;

  @GuardedBy("this")
  private boolean stopped;

  SleepyPc(String name, PcAddress address, Pacing pacing, Timetable time, Outside outside) {
    this.name = name;
    this.address = address;
    this.pacing = pacing;
    this.time = time;
    this.outside = outside;
    this.timerNanos = pacing.timer().toNanos();
  }

  @Override
  public String name() {
    return name;
  }

  PcAddress address() {
    return address;
  }

  @Override
  public boolean believedAwake() {
    return believedAwake(time.nanos());
  }

  private boolean believedAwake(long now) {
    return state == State.AWAKE
        && (timerNanos == 0 || now - (long) HEARD.getOpaque(this) < timerNanos)
        && !owes(now, pacing.patience());
  }

  /** Whether it has owed an answer for that long. */
  private boolean owes(long now, Duration patience) {
    long since = (long) UNANSWERED.getOpaque(this);
    return since != NEVER && now - since >= patience.toNanos();
  }

  @Override
  public void touched() {
    long now = time.nanos();
    ASKED.setOpaque(this, now);
    if ((long) UNANSWERED.getOpaque(this) == NEVER) {
      UNANSWERED.setOpaque(this, now);
    }
  }

  @Override
  public void answered(Need.Kind kind, String vm, long item) {
    HEARD.setOpaque(this, time.nanos());
    UNANSWERED.setOpaque(this, NEVER);
    if (wakening != null) {
      answeredWhileWaking(new Need(kind, vm, item));
    }
  }

  @Override
  public synchronized void needed(Need need, Optional<Context> context) {
    boolean awake = believedAwake();
    touched();
    if (awake || stopped) {
      return;
    }
    Wakening on = wakening;
    if (on == null) {
      // dozing, it may still be up to answer
      Duration delay = state == State.DOZING ? pacing.patience() : Duration.ZERO;
      begin(Map.of(need, context), true, delay);
    } else {
      on.add(need, context);
    }
  }

  @GuardedBy("this")
  private void begin(Map<Need, Optional<Context>> needs, boolean maySelect, Duration delay) {
    Wakening fresh = new Wakening(this, needs, maySelect, pacing, time, outside);
    wakening = fresh;
    fresh.begin(delay);
  }

  @GuardedBy("this")
  private void breakSilence(Duration delay) {
    if (wakening == null && !stopped) {
      begin(Map.of(new Need(Need.Kind.SILENCE, "", 0), Optional.empty()), false, delay);
    }
  }

  private synchronized void answeredWhileWaking(Need need) {
    Wakening on = wakening;
    if (on == null || !on.remove(need, !on.hasBegun() || !leaving())) {
      return; // sent before it fell asleep, or within a selective resume for another
    }
    Map<Need, Optional<Context>> left = on.needs();
    if (on.hasBegun()) {
      // It is about to sleep again if it resumed for this need alone, or said that it sleeps and
      // answered before any wake-up was sent. Else it is up for all.
      boolean dozes = on.wasSelective() || (leaving() && !on.wasSent());
      state = dozes ? State.DOZING : State.AWAKE;
      end(End.ANSWERED);
      if (dozes && !left.isEmpty()) {
        // several left over: one resume for each would never get to an end
        begin(left, left.size() == 1, pacing.patience());
      }
    } else if (left.isEmpty()) {
      end(End.ANSWERED);
    }
  }

  private boolean leaving() {
    return state == State.SUSPENDING || state == State.ASLEEP;
  }

  @Override
  public void met(InetAddress from, OptionalLong hardware) {
    time.after(Duration.ZERO, () -> address.met(from, hardware));
    synchronized (this) {
      if (state == State.UNLINKED) {
        awake();
      }
    }
  }

  @Override
  public synchronized void awake() {
    HEARD.setOpaque(this, time.nanos());
    UNANSWERED.setOpaque(this, NEVER); // what it still owes is asked for anew over its fresh link
    state = State.AWAKE;
    end(End.AWAKE);
  }

  @GuardedBy("this")
  private void end(End how) {
    Wakening on = wakening;
    if (on != null) {
      wakening = null;
      on.end(how);
    }
  }

  @Override
  public synchronized void suspending() {
    state = State.SUSPENDING;
    if ((long) UNANSWERED.getOpaque(this) != NEVER) {
      breakSilence(pacing.patience()); // answers may be on their way
    }
  }

  @Override
  public synchronized void asleep() {
    state = State.ASLEEP;
  }

  @Override
  public synchronized void unlinked() {
    if (state == State.AWAKE) {
      state = State.UNLINKED;
    }
  }

  @Override
  public void waits(Duration timer) {
    timerNanos = timer.toNanos();
  }

  /** Looks whether it owes answers that nobody wakes it for; now and then. */
  void watch() {
    if (owes(time.nanos(), pacing.silence())) {
      synchronized (this) {
        if (owes(time.nanos(), pacing.silence())) { // it may just have said that it is awake
          breakSilence(Duration.ZERO);
        }
      }
    }
  }

  /** A wake ends that nobody answered. */
  synchronized void gaveUp(Wakening on) {
    if (wakening == on) {
      wakening = null;
      UNANSWERED.setOpaque(this, NEVER); // else it would be woken for it at once
      on.end(End.GAVE_UP);
    }
  }

  /** A wake begins in earnest. */
  synchronized void counted() {
    wakes++;
  }

  synchronized void stop() {
    stopped = true;
    end(End.STOPPED);
  }

  synchronized PcStatus status() {
    long now = time.nanos();
    Wakening on = wakening;
    return new PcStatus(
        name,
        state,
        address.hardware(),
        address.address(),
        since((long) ASKED.getOpaque(this), now),
        since((long) HEARD.getOpaque(this), now),
        on == null ? Optional.empty() : Optional.of(on.toString()),
        wakes,
        on == null ? "" : on.trouble());
  }

  private static Optional<Duration> since(long moment, long now) {
    return moment == NEVER ? Optional.empty() : Optional.of(Duration.ofNanos(now - moment));
  }
}
