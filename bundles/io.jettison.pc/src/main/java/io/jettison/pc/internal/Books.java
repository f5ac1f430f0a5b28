package io.jettison.pc.internal;

import io.jettison.api.power.PowerProfile;
import io.jettison.energy.Ledger;
import io.jettison.energy.PcState;
import io.jettison.vm.VmState;
import io.jettison.vm.VmStatus;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Writes down what the PC does. What it does while it cannot say so, falling asleep and waking, is
 * taken to last as long as its profile says.
 */
final class Books {
  private static final double NANOS = 1e9;

  private final Ledger ledger;
  private final String pc;
  private final Set<String> away = new HashSet<>();
  private Optional<PowerProfile> profile = Optional.empty();
  private long asleepAt;
  private boolean resuming;

  Books(Ledger ledger, String pc) {
    this.ledger = ledger;
    this.pc = pc;
  }

  /** This moment, by a clock that goes on while the PC sleeps; nanoseconds. */
  long now() {
    return ledger.now();
  }

  /** The PC is of this profile from now on, and these are its VMs. */
  void look(PowerProfile of, List<VmStatus> vms) {
    if (!profile.equals(Optional.of(of))) {
      profile = Optional.of(of);
      ledger.open(pc, of);
    }
    Set<String> gone = new HashSet<>(away);
    away.clear();
    for (VmStatus vm : vms) {
      if (vm.state() == VmState.REMOTE || vm.state() == VmState.REINTEGRATING) {
        away.add(vm.name());
        ledger.away(pc, vm.name());
      } else {
        gone.add(vm.name());
      }
    }
    gone.removeAll(away);
    gone.forEach(ledger::home);
  }

  private PowerProfile profile() {
    return profile.orElseThrow();
  }

  private static long nanos(double seconds) {
    return Math.round(seconds * NANOS);
  }

  /** It begins to fall asleep, and soon sleeps. */
  void sleeps(String why) {
    fallsAsleep(PcState.SUSPENDING, profile().suspendSeconds(), why);
  }

  private void fallsAsleep(PcState how, double seconds, String why) {
    resuming = false;
    ledger.enter(pc, how, why);
    asleepAt = now() + nanos(seconds);
    ledger.enter(pc, PcState.ASLEEP, asleepAt, why);
  }

  /** It has resumed for one thing alone. */
  void resumedFor(String what) {
    resumes(PcState.RESUMING_SELECTIVE, selective().resumeSeconds(), what);
    ledger.enter(pc, PcState.AWAKE_SELECTIVE, what);
  }

  /** It sleeps again after that. */
  void sleepsAgain(String why) {
    fallsAsleep(PcState.SUSPENDING_SELECTIVE, selective().suspendSeconds(), why);
  }

  private PowerProfile selective() {
    return profile().selectively();
  }

  /** It resumes the rest, too. */
  void resumesAll(String why) {
    resuming = true;
    ledger.enter(pc, PcState.RESUMING, why);
  }

  /** It is awake again in full. */
  void awake(String why, boolean slept) {
    if (slept && !resuming) {
      resumes(PcState.RESUMING, profile().resumeSeconds(), why);
    }
    resuming = false;
    ledger.enter(pc, PcState.AWAKE, why);
  }

  /** Its resume ends about now, and began after it slept. */
  private void resumes(PcState how, double seconds, String why) {
    long now = now();
    ledger.enter(pc, how, Math.min(now, Math.max(asleepAt, now - nanos(seconds))), why);
  }
}
