package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.memory.Pages;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.residency.ResidencyPolicy;
import io.jettison.api.residency.ResidencyPolicy.Choice;
import io.jettison.api.residency.ResidencyPolicy.Outlook;
import io.jettison.api.residency.ResidencyPolicy.Residency;
import io.jettison.api.residency.ResidencyPolicy.Stay;
import io.jettison.vm.Residence;
import io.jettison.vm.Residence.State;
import io.jettison.vm.VmState;
import io.jettison.wire.control.ControlMessage.Parked;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a policy choose how VMs that are away have what they miss, again and again, and parks those
 * it says shall be parked.
 */
final class Residences implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Residences.class);
  private static final long LOOK_MILLIS = 500;

  /** Who says how VMs are to have what they miss. */
  interface Chooser {
    /** The policy that is asked; empty if there is none. */
    Optional<ResidencyComponent.Named> policy();

    /**
     * What this PC is reckoned with; empty if it never sleeps: nothing is gained by parking then.
     */
    Optional<PowerProfile> profile();
  }

  /** The PC stays awake for each try: one that is always refused must not keep it so for ever. */
  private static final Duration RETRY = Duration.ofSeconds(20);

  /** Until it is known better: what TCP makes of 1 Gb/s. */
  private static final double LINK_BYTES_PER_SECOND = 117e6;

  /** A measure of less says little. */
  private static final long WORTH_MEASURING = 4L << 20;

  /** One stay of a VM. */
  private static final class Visit {
    private final long epoch;
    private volatile @Nullable Future<?> parking;
    private volatile boolean parked;
    private volatile long left = -1;
    private volatile long came;
    private final Backoff backoff;

    Visit(long epoch, Backoff backoff) {
      this.epoch = epoch;
      this.backoff = backoff;
    }

    boolean isParking() {
      return parking != null && !parking.isDone();
    }
  }

  private final Supplier<Collection<DesktopVm>> vms;
  private final Context context;
  private final Supplier<? extends @Nullable Chooser> chooser;
  private final EarlierStays earlier;
  private final LongSupplier nanos;
  private final Map<String, Visit> visits = new ConcurrentHashMap<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(named("jettison-residency"));
  private final ExecutorService parkers = Executors.newCachedThreadPool(named("jettison-park"));
  private volatile double linkBytesPerSecond = LINK_BYTES_PER_SECOND;
  private @Nullable ResidencyPolicy faulty;

  /**
   * Begins.
   *
   * @param folder where it is kept how long VMs were away
   * @param nanos {@link System#nanoTime} or what takes its place
   */
  Residences(
      Supplier<Collection<DesktopVm>> vms,
      Context context,
      Supplier<? extends @Nullable Chooser> chooser,
      Path folder,
      LongSupplier nanos) {
    this.nanos = nanos;
    this.vms = vms;
    this.context = context;
    this.chooser = chooser;
    this.earlier = new EarlierStays(folder);
    var unused =
        clock.scheduleWithFixedDelay(this::round, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static ThreadFactory named(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  private void round() {
    for (DesktopVm vm : vms.get()) {
      try {
        look(vm);
      } catch (RuntimeException | LinkageError e) {
        LOG.error("{} is not parked for now", vm.name, e);
      }
    }
  }

  private void look(DesktopVm vm) {
    if (vm.state() != VmState.REMOTE) {
      if (vm.state() == VmState.LOCAL) {
        ended(vm);
      }
      return;
    }
    Visit visit =
        visits.compute(
            vm.name,
            (name, known) ->
                known != null && known.epoch == vm.ownership().epoch()
                    ? known
                    : new Visit(vm.ownership().epoch(), new Backoff(RETRY, nanos)));
    Chooser by = chooser.get();
    Optional<PowerProfile> profile = by == null ? Optional.empty() : by.profile();
    Optional<ResidencyComponent.Named> policy = by == null ? Optional.empty() : by.policy();
    if (profile.isEmpty() || policy.isEmpty()) {
      cancel(visit);
      vm.residence(null);
      return;
    }
    Choice choice = choose(policy.get().policy(), vm, visit, profile.get());
    if (choice.residency() == Residency.MICROSLEEP) {
      cancel(visit);
    } else if (!visit.parked && !visit.isParking() && visit.backoff.mayTry()) {
      visit.parking = parkers.submit(() -> vm.turn.ahead(() -> park(vm, visit)));
    }
    vm.residence(
        new Residence(
            state(visit),
            policy.get().name(),
            choice.reason(),
            visit.came,
            Math.max(0, visit.left)));
  }

  private static State state(Visit visit) {
    return visit.parked ? State.PARKED : visit.isParking() ? State.PARKING : State.MICROSLEEP;
  }

  private void ended(DesktopVm vm) {
    if (visits.remove(vm.name) != null) {
      vm.residence(null);
      vm.stay().ifPresent(stay -> earlier.add(vm.name, stay.age()));
    }
  }

  private static void cancel(Visit visit) {
    Future<?> parking = visit.parking;
    if (parking != null) {
      parking.cancel(true);
      visit.parking = null;
    }
  }

  /** A policy that fails means that nothing is parked. It is reported once. */
  private Choice choose(ResidencyPolicy policy, DesktopVm vm, Visit visit, PowerProfile profile) {
    if (policy == faulty) {
      return new Choice(Residency.MICROSLEEP, "the policy failed");
    }
    try {
      return policy.choose(stay(vm, visit), new Outlook(profile, earlier.of(vm.name)));
    } catch (RuntimeException | LinkageError e) {
      faulty = policy;
      LOG.error(
          "the residency policy {} failed; nothing is parked until it is replaced", policy, e);
      return new Choice(Residency.MICROSLEEP, "the policy failed");
    }
  }

  private Stay stay(DesktopVm vm, Visit visit) {
    long cold = visit.left >= 0 ? visit.left : vm.stay().map(StayLedger::cold).orElse(0L);
    return new Stay(
        vm.name,
        vm.stay().map(StayLedger::age).orElse(Duration.ZERO),
        vm.stay().map(StayLedger::waits).orElse(0L),
        Pages.offset(cold),
        linkBytesPerSecond);
  }

  private void park(DesktopVm vm, Visit visit) {
    if (vm.state() != VmState.REMOTE || vm.ownership().epoch() != visit.epoch) {
      return;
    }
    long began = System.nanoTime();
    Outcome<Parked> outcome =
        new Parker(
                context,
                vm,
                progress -> {
                  visit.came = progress.came();
                  visit.left = progress.left();
                })
            .run();
    if (outcome instanceof Done<Parked> done) {
      visit.parked = true;
      measure(Pages.offset(done.value().came()), System.nanoTime() - began);
      LOG.info("{} is parked: {} pages and blocks went", vm.name, done.value().came());
    } else if (outcome instanceof Refused<Parked> refused) {
      visit.backoff.failed();
      LOG.info("{} is not parked: {}", vm.name, refused.oneLine());
    }
  }

  private void measure(long bytes, long nanos) {
    if (bytes >= WORTH_MEASURING) {
      linkBytesPerSecond = bytes * 1e9 / nanos;
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
    parkers.shutdownNow();
    try {
      if (!parkers.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("a park does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
