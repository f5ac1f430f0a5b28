package io.jettison.energy;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.power.EnergyMeter;
import io.jettison.api.power.PowerController;
import io.jettison.api.power.PowerController.WakeReason;
import io.jettison.api.power.PowerProfile;
import io.jettison.energy.internal.BootClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/**
 * Measures the power profile of the PC it runs on, with a meter at its plug. Idle power first, then
 * sleeps of different lengths, each ended by an alarm; or what somebody read from a display.
 * Thread-safe: one thing is measured at a time.
 *
 * <p>A meter counts in steps and is asked now and then, so energy is taken from one change of its
 * count to another. Nobody can read it while the PC sleeps: the energy E of a sleep is a line over
 * its length T from the command to the return, {@code E = P_s·T + c}. Its slope is the power
 * asleep; c is what the transitions take more than sleeping, and the break-even time is {@code c /
 * (P_i − P_s)} (Bila et al. 2015, §5.2, Eq. (3)), whatever part of T the transitions are.
 *
 * <p>What part they are is told by two clocks, of which one stands while the PC sleeps. Resuming is
 * from the alarm to the return; suspending is what that clock counted else. It stands while
 * firmware resumes the PC as well, so a suspend is measured too short by that, and its power too
 * high.
 */
public final class Measurement {
  private static final double NANOS = 1e9;

  /** How long, while the PC runs, a meter may count nothing. */
  private static final Duration SILENCE = Duration.ofMinutes(5);

  private static final Duration PAUSE = Duration.ofMillis(50);

  /** Between two looks at a meter. */
  @FunctionalInterface
  public interface Pause {
    /** Waits a moment. */
    void pause() throws InterruptedException;
  }

  /**
   * A sleep that was measured.
   *
   * @param alarmSeconds when the alarm was set to wake the PC, from the command on
   * @param seconds from the command until the PC ran again
   * @param runningSeconds of them, for which the clock ran that stands while the PC sleeps
   * @param joules used in {@code seconds}
   */
  public record Cycle(double alarmSeconds, double seconds, double runningSeconds, double joules) {}

  /**
   * Suspending or resuming.
   *
   * @param seconds how long
   * @param watts mean power meanwhile
   */
  public record Phase(double seconds, double watts) {}

  /**
   * What is known so far; empty: not yet.
   *
   * @param idleWatts awake and idle
   * @param sleepWatts asleep
   * @param suspend falling asleep
   * @param resume waking up
   * @param cycles the sleeps that were measured
   */
  public record Known(
      OptionalDouble idleWatts,
      OptionalDouble sleepWatts,
      Optional<Phase> suspend,
      Optional<Phase> resume,
      List<Cycle> cycles) {}

  /** A meter's count, and when it was reached. */
  private record Count(double joules, long at) {}

  private final LongSupplier running;
  private final LongSupplier always;
  private final Pause pause;
  private final List<Cycle> cycles = new ArrayList<>();
  private OptionalDouble idle = OptionalDouble.empty();
  private OptionalDouble asleep = OptionalDouble.empty();
  private Optional<Phase> suspend = Optional.empty();
  private Optional<Phase> resume = Optional.empty();

  /** Of this PC. */
  public Measurement() {
    this(System::nanoTime, BootClock.system(), () -> Thread.sleep(PAUSE.toMillis()));
  }

  /**
   * With clocks.
   *
   * @param running nanoseconds; stands while the PC sleeps
   * @param always nanoseconds; goes on
   */
  public Measurement(LongSupplier running, LongSupplier always, Pause pause) {
    this.running = running;
    this.always = always;
    this.pause = pause;
  }

  /** Forgets everything. */
  public synchronized void forget() {
    cycles.clear();
    idle = OptionalDouble.empty();
    asleep = OptionalDouble.empty();
    suspend = Optional.empty();
    resume = Optional.empty();
  }

  /** Somebody read the power of the idle PC, in watts. */
  public synchronized void idle(double watts) {
    idle = OptionalDouble.of(watts);
  }

  /** Somebody read the power of the PC asleep, in watts. Goes before what was measured. */
  public synchronized void asleep(double watts) {
    asleep = OptionalDouble.of(watts);
  }

  /** Somebody measured a suspend. Goes before what was measured here. */
  public synchronized void suspend(Phase phase) {
    suspend = Optional.of(phase);
  }

  /** Somebody measured a resume. Goes before what was measured here. */
  public synchronized void resume(Phase phase) {
    resume = Optional.of(phase);
  }

  /**
   * Measures the idle PC; takes as long as it says and until the meter counts again.
   *
   * @return mean watts; refused if the meter counts nothing, or the PC slept meanwhile
   * @throws InterruptedException if the thread is interrupted; what was known is known still
   */
  public synchronized Outcome<Double> idle(EnergyMeter meter, Duration atLeast)
      throws InterruptedException {
    Optional<Count> first = change(meter, meter.joules());
    if (first.isEmpty()) {
      return silent();
    }
    long stood = always.getAsLong() - running.getAsLong();
    while (always.getAsLong() - first.get().at() < atLeast.toNanos()) {
      pause.pause();
    }
    Optional<Count> last = change(meter, meter.joules());
    if (last.isEmpty()) {
      return silent();
    }
    if (always.getAsLong() - running.getAsLong() - stood > Duration.ofSeconds(1).toNanos()) {
      return Outcome.refused("the PC slept meanwhile", "measure while none of its VMs is away");
    }
    double watts =
        (last.get().joules() - first.get().joules()) / seconds(first.get().at(), last.get().at());
    idle(watts);
    return Outcome.done(watts);
  }

  /**
   * Puts the PC to sleep until an alarm, and measures that. Idle power must be known.
   *
   * @return refused if it is not, if the controller refuses, if something else woke the PC, or if
   *     the meter counts nothing
   * @throws InterruptedException if the thread is interrupted; the sleep is not counted then
   */
  public synchronized Outcome<Cycle> cycle(
      EnergyMeter meter, PowerController controller, Duration alarm) throws InterruptedException {
    if (idle.isEmpty()) {
      return Outcome.refused("idle power is not known", "measure it first");
    }
    Optional<Count> before = change(meter, meter.joules());
    if (before.isEmpty()) {
      return silent();
    }
    long began = always.getAsLong();
    long ran = running.getAsLong();
    Outcome<WakeReason> woken = controller.sleep(alarm);
    double seconds = seconds(began, always.getAsLong());
    double runningSeconds = seconds(ran, running.getAsLong());
    if (woken instanceof Refused<WakeReason> refused) {
      return Outcome.refused(refused.reason(), refused.remedy());
    }
    if (seconds < alarm.toSeconds() - 1) {
      return Outcome.refused(
          "something else than the alarm woke the PC: " + woken.orThrow(),
          "leave it alone while it is measured, and measure again");
    }
    if (seconds - runningSeconds < 1) {
      return Outcome.refused(
          "the PC did not sleep: its clock ran on", "use the controller of a real PC");
    }
    Optional<Count> after = change(meter, before.get().joules());
    if (after.isEmpty()) {
      return silent();
    }
    double awake = seconds(before.get().at(), after.get().at()) - seconds;
    double joules = after.get().joules() - before.get().joules() - idle.getAsDouble() * awake;
    Cycle cycle = new Cycle(alarm.toMillis() / 1e3, seconds, runningSeconds, joules);
    cycles.add(cycle);
    return Outcome.done(cycle);
  }

  private static <T> Outcome<T> silent() {
    return Outcome.refused(
        "the meter counts nothing", "see `jettison energy` whether it answers, and with what");
  }

  /** Waits until a meter says something else. */
  private Optional<Count> change(EnergyMeter meter, double last) throws InterruptedException {
    double known = last;
    long since = running.getAsLong();
    while (running.getAsLong() - since < SILENCE.toNanos()) {
      double now = meter.joules();
      if (!Double.isNaN(now) && !Double.isNaN(known) && now != known) {
        return Optional.of(new Count(now, always.getAsLong()));
      }
      known = Double.isNaN(known) ? now : known;
      pause.pause();
    }
    return Optional.empty();
  }

  private static double seconds(long from, long until) {
    return (until - from) / NANOS;
  }

  /** What is known so far. */
  public synchronized Known known() {
    OptionalDouble sleeps = asleep.isPresent() ? asleep : slope();
    Optional<Phase> suspends = suspend;
    Optional<Phase> resumes = resume;
    if (!cycles.isEmpty() && sleeps.isPresent()) {
      double watts = sleeps.getAsDouble();
      double up = mean(cycle -> Math.max(0, cycle.seconds() - cycle.alarmSeconds()));
      double down = Math.max(0, mean(Cycle::runningSeconds) - up);
      double more = mean(Cycle::joules) - watts * mean(Cycle::seconds);
      double mean = up + down > 0 ? watts + Math.max(0, more) / (up + down) : watts;
      suspends = suspend.or(() -> Optional.of(new Phase(down, mean)));
      resumes = resume.or(() -> Optional.of(new Phase(up, mean)));
    }
    return new Known(idle, sleeps, suspends, resumes, List.copyOf(cycles));
  }

  /** Least squares; empty without sleeps of two lengths. */
  private OptionalDouble slope() {
    double time = mean(Cycle::seconds);
    double energy = mean(Cycle::joules);
    double square = 0;
    double product = 0;
    for (Cycle cycle : cycles) {
      square += (cycle.seconds() - time) * (cycle.seconds() - time);
      product += (cycle.seconds() - time) * (cycle.joules() - energy);
    }
    // lengths that differ by less than a second tell nothing
    return square > 1 ? OptionalDouble.of(Math.max(0, product / square)) : OptionalDouble.empty();
  }

  private double mean(ToDoubleFunction<Cycle> of) {
    return cycles.stream().mapToDouble(of).average().orElse(0);
  }

  /**
   * The profile.
   *
   * @return refused, with what is missing, if not all of it is known, or if it is none
   */
  public Outcome<PowerProfile> profile(String name) {
    Known known = known();
    if (known.idleWatts().isEmpty()) {
      return missing("idle power is");
    }
    if (known.sleepWatts().isEmpty()) {
      return missing("the power asleep is");
    }
    if (known.suspend().isEmpty() || known.resume().isEmpty()) {
      return missing("the times and powers of suspend and resume are");
    }
    Phase down = known.suspend().get();
    Phase up = known.resume().get();
    try {
      return Outcome.done(
          new PowerProfile(
              name,
              known.idleWatts().getAsDouble(),
              known.sleepWatts().getAsDouble(),
              down.seconds(),
              down.watts(),
              up.seconds(),
              up.watts()));
    } catch (IllegalArgumentException e) {
      return Outcome.refused(String.valueOf(e.getMessage()), "measure again");
    }
  }

  private static <T> Outcome<T> missing(String what) {
    return Outcome.refused(what + " not known", "see `jettison power measure` for the next step");
  }
}
