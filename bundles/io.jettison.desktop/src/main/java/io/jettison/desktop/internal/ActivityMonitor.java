package io.jettison.desktop.internal;

import io.jettison.api.Outcome.Done;
import io.jettison.api.activity.ActivitySource;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.VmActivity;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells since when a VM is idle (Bila et al. 2015, §6.1: activityMonitor): none of its vCPUs was
 * busy and no activity source saw anything. Thread-safe.
 */
public final class ActivityMonitor {
  private record Reading(VmActivity last, long activeNanos) {}

  private final double busyShare;
  private final Collection<ActivitySource> sources;
  private final Map<String, Reading> readings = new ConcurrentHashMap<>();

  /**
   * A monitor.
   *
   * @param busyPercent share of one CPU above which a VM counts as used
   * @param sources asked each time; may change at any time
   */
  public ActivityMonitor(int busyPercent, Collection<ActivitySource> sources) {
    this.busyShare = busyPercent / 100.0;
    this.sources = sources;
  }

  /** Looks at a VM that runs here. To be called about once a second. */
  void look(DesktopVm vm) {
    if (vm.local() instanceof Done<LocalVm> local
        && local.value().activity() instanceof Done<VmActivity> now) {
      readings.compute(vm.name, (name, before) -> read(vm, before, now.value()));
    }
  }

  private Reading read(DesktopVm vm, @Nullable Reading before, VmActivity now) {
    if (before == null || now.cpuNanos() < before.last().cpuNanos()) {
      return new Reading(now, vm.sinceNanos());
    }
    long span = now.atNanos() - before.last().atNanos();
    boolean busy = now.cpuNanos() - before.last().cpuNanos() > span * busyShare;
    boolean home = vm.sinceNanos() - before.activeNanos() > 0;
    return new Reading(now, busy ? now.atNanos() : home ? vm.sinceNanos() : before.activeNanos());
  }

  /** Since when it is idle; empty if it was never looked at. */
  Optional<Duration> idle(DesktopVm vm) {
    Reading reading = readings.get(vm.name);
    if (reading == null) {
      return Optional.empty();
    }
    Duration idle = Duration.ofNanos(Math.max(0, System.nanoTime() - reading.activeNanos()));
    for (ActivitySource source : sources) {
      Optional<Duration> seen = source.idle(vm.name);
      if (seen.isPresent() && seen.get().compareTo(idle) < 0) {
        idle = seen.get();
      }
    }
    return Optional.of(idle);
  }
}
