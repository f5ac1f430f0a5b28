package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.consolidation.ConsolidationPolicy;
import io.jettison.api.consolidation.ConsolidationPolicy.Situation;
import io.jettison.api.consolidation.ConsolidationPolicy.Verdict;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.RunState;
import io.jettison.vm.VmState;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Watches the VMs at home once a second and consolidates those the policy says shall go. */
final class Consolidator implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Consolidator.class);

  private static final long CLOSE_SECONDS = 10;

  private final DesktopHost host;
  private final ActivityMonitor activity;
  private final Supplier<@Nullable ConsolidationPolicy> policy;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "jettison-activity");
            thread.setDaemon(true);
            return thread;
          });
  private final ScheduledFuture<?> rounds;
  private @Nullable ConsolidationPolicy faulty;

  Consolidator(
      DesktopHost host, ActivityMonitor activity, Supplier<@Nullable ConsolidationPolicy> policy) {
    this.host = host;
    this.activity = activity;
    this.policy = policy;
    rounds = clock.scheduleWithFixedDelay(this::round, 1, 1, TimeUnit.SECONDS);
  }

  private void round() {
    for (DesktopVm vm : host.all()) {
      try {
        if (vm.state() == VmState.LOCAL) {
          look(vm);
        }
      } catch (RuntimeException | LinkageError e) { // a bundle may be replaced just now
        LOG.error("cannot look after {}", vm.name, e);
      }
    }
  }

  private void look(DesktopVm vm) {
    if (vm.local() instanceof Done<LocalVm> local && local.value().state() == RunState.GONE) {
      ended(vm);
      return;
    }
    activity.look(vm);
    ConsolidationPolicy judge = policy.get();
    Optional<Duration> idle = activity.idle(vm);
    if (judge != null
        && idle.isPresent()
        && verdict(judge, vm, idle.get()) == Verdict.CONSOLIDATE) {
      Outcome<Long> outcome = host.consolidate(vm.name, step -> LOG.info("{}: {}", vm.name, step));
      if (outcome instanceof Refused<Long> refused) {
        vm.trouble("not consolidated: " + refused.oneLine());
      }
    }
  }

  private void ended(DesktopVm vm) {
    if (vm.turn.tryLock()) {
      try {
        if (vm.state() == VmState.LOCAL) {
          host.switchOff(vm, "its VMM ended");
        }
      } finally {
        vm.turn.unlock();
      }
    }
  }

  /** A policy that fails means: stay. It is reported once. */
  private Verdict verdict(ConsolidationPolicy judge, DesktopVm vm, Duration idle) {
    Duration atHome = Duration.ofNanos(System.nanoTime() - vm.sinceNanos());
    try {
      return judge.judge(new Situation(vm.name, idle, atHome, vm.failures()));
    } catch (RuntimeException | LinkageError e) {
      if (faulty != judge) {
        faulty = judge;
        LOG.error("the consolidation policy {} failed; VMs stay", judge, e);
      }
      return Verdict.STAY;
    }
  }

  /** A move that is under way comes to its end: interrupted, it would leave its VM stopped. */
  @Override
  public void close() {
    rounds.cancel(false);
    clock.shutdown();
    try {
      if (!clock.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("a consolidation is still under way; it is recovered at the next start");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
