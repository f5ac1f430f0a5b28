package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.memory.Residual;
import io.jettison.memsrv.Memsrv;
import io.jettison.vm.Lifecycle;
import io.jettison.vm.Ownership;
import io.jettison.vm.OwnershipJournal;
import io.jettison.vm.Residence;
import io.jettison.vm.VmState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A VM on its desktop: what is known of it, whatever its state. {@link #turn} is held by who moves
 * it or works ahead; what only looks at it does not take the turn.
 */
final class DesktopVm {
  private static final Logger LOG = LoggerFactory.getLogger(DesktopVm.class);

  final String name;
  final VmPlace place;

  /** Where what comes of its disks is kept, on a file system that survives a power failure. */
  final Path disks;

  final Turn turn = new Turn();

  private final OwnershipJournal journal;
  private volatile Ownership ownership;
  private Ownership prepared; // in its turn
  private volatile VmState state;
  private volatile String trouble = "";
  private volatile @Nullable LocalVm local;
  private volatile @Nullable Residual residual;
  private volatile Memsrv.@Nullable Serving serving;
  private volatile @Nullable ServedDisks servedDisks;
  private volatile @Nullable StayLedger stay;
  private volatile @Nullable Staging staging;
  private volatile @Nullable Residence residence;
  private volatile long sinceNanos = System.nanoTime();
  private volatile int failures;

  DesktopVm(
      VmPlace place, Path disks, OwnershipJournal journal, Ownership ownership, VmState state) {
    this.name = ownership.vm();
    this.place = place;
    this.disks = disks;
    this.journal = journal;
    this.ownership = ownership;
    this.prepared = ownership;
    this.state = state;
  }

  VmState state() {
    return state;
  }

  /** Something happened to it. */
  void happened(Lifecycle.Event event) {
    VmState before = state;
    state =
        Lifecycle.next(before, event)
            .orElseThrow(() -> new IllegalStateException(event + " of " + name + " in " + before));
    sinceNanos = System.nanoTime();
    LOG.info("{}: {} -> {} ({})", name, before, state, event);
  }

  Ownership ownership() {
    return ownership;
  }

  /** Makes a new ownership durable. If that fails, the earlier one still is what is known here. */
  void own(Ownership.Phase phase, long epoch, String peer, String detail) throws IOException {
    Ownership next = ownership.with(phase, epoch, peer, detail);
    journal.write(next);
    ownership = next;
  }

  /** As {@link #own}, where a power failure makes it pointless. */
  void note(Ownership.Phase phase, long epoch, String peer, String detail) throws IOException {
    Ownership next = ownership.with(phase, epoch, peer, detail);
    journal.note(next);
    ownership = next;
  }

  /** Readies a record, so that it takes less to {@link #publish} it. */
  void prepare(Ownership.Phase phase, long epoch, String peer) throws IOException {
    prepared = ownership.with(phase, epoch, peer, "");
    journal.prepare(prepared);
  }

  /** As {@link #prepare}, where a power failure makes it pointless. */
  void prepareNote(Ownership.Phase phase, long epoch, String peer) throws IOException {
    prepared = ownership.with(phase, epoch, peer, "");
    journal.prepareNote(prepared);
  }

  /**
   * Has what was prepared count: also after the death of this process, and once it is {@linkplain
   * #settle settled} after that of the host.
   */
  void publish() throws IOException {
    journal.publish(name);
    ownership = prepared;
  }

  /** Makes what was published durable. */
  void settle() throws IOException {
    journal.settle();
  }

  /** Takes on another description; in its turn, while it is off. */
  void describe(Ownership fresh) {
    ownership = fresh;
  }

  long nextEpoch() {
    return ownership.epoch() + 1;
  }

  Outcome<LocalVm> local() {
    LocalVm vm = local;
    return vm == null
        ? Outcome.refused(
            name + " does not run here now", "see `jettison vms` for where it is, and try again")
        : Outcome.done(vm);
  }

  void local(@Nullable LocalVm vm) {
    local = vm;
  }

  Optional<StayLedger> stay() {
    return Optional.ofNullable(stay);
  }

  void stay(StayLedger ledger) {
    stay = ledger;
  }

  /** While it is away: how it has what it misses. */
  Optional<Residence> residence() {
    return state == VmState.REMOTE ? Optional.ofNullable(residence) : Optional.empty();
  }

  void residence(@Nullable Residence chosen) {
    residence = chosen;
  }

  String trouble() {
    return trouble;
  }

  void trouble(String what) {
    if (!what.isEmpty() && !what.equals(trouble)) {
      LOG.warn("{}: {}", name, what);
    }
    trouble = what;
  }

  /** In this state since then, {@link System#nanoTime()}. */
  long sinceNanos() {
    return sinceNanos;
  }

  int failures() {
    return failures;
  }

  void failures(int inARow) {
    failures = inARow;
  }

  /**
   * What came of it ahead of its return, or an empty staging. The caller's own from now on: unless
   * it is {@linkplain #keepStaging kept} again, nothing will come of it. In its turn.
   */
  Staging takeStaging() throws IOException {
    Staging kept = staging;
    staging = null;
    return kept != null ? kept : Staging.begin(this);
  }

  /** All that the server sent for this staging came; there may be more. In its turn. */
  void keepStaging(Staging current) {
    staging = current;
  }

  /** What came ahead of a return that is not committed is of no use any more. In its turn. */
  void dropStaging() {
    Staging kept = staging;
    staging = null;
    try {
      if (kept != null) {
        kept.close();
      }
      if (ownership.phase() == Ownership.Phase.AWAY) {
        Staging.discard(this);
      }
    } catch (IOException e) {
      LOG.warn("cannot remove the staging of {}", name, e);
    }
  }

  /** What it left is being served. */
  void serve(Residual opened, Memsrv.Serving by, ServedDisks disksBy) {
    residual = opened;
    serving = by;
    servedDisks = disksBy;
  }

  /** The disks that are being served, while they are. */
  Optional<ServedDisks> servedDisks() {
    return Optional.ofNullable(servedDisks);
  }

  boolean isServed() {
    return serving != null;
  }

  /** What it left is no longer served, and its images are closed. Idempotent. */
  void unserve() {
    stay().ifPresent(StayLedger::sumUp);
    ServedDisks served = servedDisks;
    if (served != null) {
      served.close();
    }
    servedDisks = null;
    Memsrv.Serving by = serving;
    if (by != null) {
      by.close();
    }
    Residual opened = residual;
    if (opened != null) {
      opened.close();
    }
    serving = null;
    residual = null;
  }
}
