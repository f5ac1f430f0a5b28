package io.jettison.server.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.hypervisor.HypervisorDriver;
import io.jettison.api.hypervisor.PartialVm;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.PagedMemory;
import io.jettison.api.wake.Need;
import io.jettison.api.wake.NeedSink;
import io.jettison.cownetdisk.CowDisk;
import io.jettison.cownetdisk.Cownetdisk;
import io.jettison.memtap.Memtap;
import io.jettison.residuals.Residuals;
import io.jettison.residuals.Residuals.Kept;
import io.jettison.vm.Drivers;
import io.jettison.vm.Ownership;
import io.jettison.vm.Ownership.Phase;
import io.jettison.vm.OwnershipJournal;
import io.jettison.vm.Places;
import io.jettison.wire.control.ControlMessage.Standing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partial VMs of this server, and what of them outlives the JVM. Names are {@code desktop/vm}.
 * Thread-safe; what changes a VM is done in its {@linkplain Guest#turn turn}.
 */
final class PartialVms {
  private static final Logger LOG = LoggerFactory.getLogger(PartialVms.class);

  /** Journal detail: changed pages were harvested, so that the hypervisor no longer knows all. */
  private static final String HARVESTED = "harvested";

  private final Map<String, Guest> guests = new ConcurrentSkipListMap<>();
  private final OwnershipJournal journal;
  private final Drivers drivers;
  private final Memtap memtap;
  private final Residuals residuals;
  private final Cownetdisk cownetdisk;
  private final Admission admission;
  private final Pcs pcs;
  private final Places places;
  private final Estimates estimates;

  @GuardedBy("this")
  private boolean stopped;

  PartialVms(
      OwnershipJournal journal,
      Drivers drivers,
      Memtap memtap,
      Residuals residuals,
      Cownetdisk cownetdisk,
      Admission admission,
      Pcs pcs,
      Places places) {
    this.pcs = pcs;
    this.journal = journal;
    this.drivers = drivers;
    this.memtap = memtap;
    this.residuals = residuals;
    this.cownetdisk = cownetdisk;
    this.admission = admission;
    this.places = places;
    this.estimates = new Estimates(places);
  }

  /** Where the slices of disks lie. */
  Path slices() {
    return places.state();
  }

  Collection<Guest> all() {
    return guests.values();
  }

  @Nullable Guest find(String key) {
    return guests.get(key);
  }

  /** The VM in this very epoch. */
  Outcome<Guest> find(String key, long epoch) {
    Guest guest = guests.get(key);
    if (guest != null && guest.epoch == epoch) {
      return Outcome.done(guest);
    }
    return Outcome.refused(
        "the server does not have " + key + " in epoch " + epoch,
        guest == null ? "it is not here at all" : "it is here in epoch " + guest.epoch);
  }

  Standing standing(String key, long epoch) throws IOException {
    Guest guest = guests.get(key);
    if (guest != null && guest.epoch == epoch) {
      return guest.standing();
    }
    Optional<Ownership> record = journal.read(key);
    boolean mayReturn = record.isPresent() && record.get().epoch() <= epoch;
    return mayReturn && record.get().phase() == Phase.HOSTED ? Standing.LOST : Standing.ENDED;
  }

  /**
   * Finds every VM again that the journal says was here.
   *
   * @throws IOException if the journal cannot be read
   */
  void adopt() throws IOException {
    for (String key : journal.vms()) {
      Optional<Ownership> record = journal.read(key);
      if (record.isPresent() && record.get().phase() == Phase.HOSTED) {
        Ownership hosted = record.get();
        VmSpec spec = hosted.spec().orElseThrow();
        Guest guest = new Guest(key, hosted.epoch(), spec, places.of(key));
        guest.harvested = hosted.detail().equals(HARVESTED);
        guests.put(key, guest);
        admission.reserve(key, 0);
        reattach(guest);
      }
    }
  }

  /** A driver came: its VMs that are not attached are found again. */
  void reattach(String driver) {
    for (Guest guest : guests.values()) {
      if (guest.spec.driver().equals(driver)) {
        reattach(guest);
      }
    }
  }

  private void reattach(Guest guest) {
    guest.turn.lock();
    try {
      if (guest.isAttached() || guest.isEnded()) {
        return;
      }
      if (!(drivers.get(guest.spec.driver()) instanceof Done<HypervisorDriver> driver)) {
        LOG.info("{} waits for its driver '{}'", guest.key, guest.spec.driver());
        return;
      }
      // first: a VMM that waits for a block cannot be asked
      Outcome<PartialVm> found =
          serveDisks(guest).then(done -> driver.value().reattach(guest.spec, guest.place));
      if (found instanceof Done<PartialVm> vm) {
        if (guest.harvested) {
          guest.memoryChanges.add(vm.value().memory().resident());
          guest.memoryChanges.forgetStaging();
        }
        if (!attach(guest, vm.value())) {
          return;
        }
        if (guest.standing() == Standing.RUNNING) {
          guest.running();
        }
        LOG.info("found {} again, epoch {}, {}", guest.key, guest.epoch, guest.standing());
      } else if (isStopping()) {
        LOG.info("{} is left to the next host", guest.key);
      } else {
        guest.lose();
        LOG.warn("{} is lost: {}", guest.key, ((Refused<PartialVm>) found).oneLine());
      }
    } catch (IOException e) {
      LOG.warn("cannot examine the memory of {}: {}", guest.key, e.getMessage());
    } finally {
      guest.turn.unlock();
    }
  }

  /** Whether something may have failed for no other reason than that this host is being stopped. */
  private synchronized boolean isStopping() {
    return stopped || Thread.currentThread().isInterrupted();
  }

  // A host that was replaced must not take a VM from its successor.
  private synchronized boolean attach(Guest guest, PartialVm vm) {
    if (stopped) {
      vm.detach();
      return false;
    }
    NeedSink desktop = pcs.sink(Need.Kind.PAGE, guest.desktop(), guest.name());
    guest.attach(
        vm, memtap.open(guest.key, guest.epoch, vm.memory(), desktop), residuals.open(guest.key));
    return true;
  }

  private synchronized Outcome<Nothing> serveDisks(Guest guest) throws IOException {
    if (stopped) {
      return Outcome.refused("the server is being stopped", "try again when it is back");
    }
    if (!guest.disks().isEmpty()) {
      return Outcome.done();
    }
    List<GuestDisk> served = new ArrayList<>();
    for (VmSpec.Disk disk : guest.spec.following()) {
      Outcome<CowDisk> opened =
          cownetdisk.open(
              guest.key,
              guest.epoch,
              disk,
              places.disks(guest.key).resolve(disk.id()),
              guest.place.run(),
              guest.place.disk(disk.id()),
              pcs.sink(Need.Kind.BLOCK, guest.desktop(), guest.name() + "/" + disk.id()));
      if (opened instanceof Refused<CowDisk> refused) {
        served.forEach(GuestDisk::close);
        return refused.as();
      }
      String name = guest.key + "/" + disk.id();
      served.add(
          new GuestDisk(
              served.size() + 1, name, disk.bytes(), opened.orThrow(), residuals.open(name)));
    }
    guest.serve(served);
    return Outcome.done();
  }

  /** A driver went: its VMs run on, and wait for it when they touch an absent page. */
  void detach(String driver) {
    for (Guest guest : guests.values()) {
      if (guest.spec.driver().equals(driver)) {
        detach(guest);
      }
    }
  }

  /** This host's part of Jettison stops; the VMs stay. */
  void detachAll() {
    synchronized (this) {
      stopped = true;
    }
    guests.values().forEach(this::detach);
    guests.clear();
  }

  private void detach(Guest guest) {
    for (var watcher : guest.watchers) {
      watcher.close();
    }
    guest.detach();
  }

  /**
   * Makes room for a VM and starts its VMM.
   *
   * @param guess pages it is expected to touch, if it never was here
   */
  Outcome<Guest> prepare(String key, long epoch, long guess, VmSpec spec) throws IOException {
    Optional<Ownership> record = journal.read(key);
    if (record.isPresent() && record.get().epoch() >= epoch) {
      return Outcome.refused(
          "epoch "
              + epoch
              + " of "
              + key
              + " is over on this server, which knows epoch "
              + record.get().epoch(),
          "consolidate again: each attempt takes a new epoch");
    }
    Guest earlier = guests.get(key);
    if (earlier != null) {
      earlier.turn.lock();
      try {
        end(earlier);
      } finally {
        earlier.turn.unlock();
      }
    }
    if (!(drivers.get(spec.driver()) instanceof Done<HypervisorDriver> driver)) {
      return ((Refused<HypervisorDriver>) drivers.get(spec.driver())).as();
    }
    long estimate = estimates.of(key, guess, spec.memory().pages());
    Outcome<Nothing> room = admission.reserve(key, estimate);
    if (room instanceof Refused<Nothing> full) {
      return full.as();
    }
    journal.write(
        new Ownership(key, Phase.HOSTED, epoch, Guest.desktop(key), Optional.of(spec), ""));
    Guest guest = new Guest(key, epoch, spec, places.of(key));
    Outcome<PartialVm> prepared =
        serveDisks(guest).then(done -> driver.value().prepare(spec, guest.place));
    if (prepared instanceof Done<PartialVm> vm) {
      guests.put(key, guest);
      return attach(guest, vm.value())
          ? Outcome.done(guest)
          : Outcome.refused("the server is being stopped", "try again when it is back");
    }
    guest.end();
    admission.free(key);
    journal.write(ended(guest));
    return ((Refused<PartialVm>) prepared).as();
  }

  /** Makes durable that changed pages will be harvested. In the VM's turn. */
  void harvesting(Guest guest) throws IOException {
    if (!guest.harvested) {
      journal.note(
          new Ownership(
              guest.key,
              Phase.HOSTED,
              guest.epoch,
              guest.place.memory().getFileName().toString(),
              Optional.of(guest.spec),
              HARVESTED));
      guest.harvested = true;
    }
  }

  void grown(Guest guest, long resident) {
    admission.grown(guest.key, resident);
  }

  /** Ends a VM here that is at home now; its pages are kept. In its turn. */
  void wentHome(Guest guest) throws IOException {
    guest.wentHome();
    try {
      keep(guest);
    } catch (IOException | RuntimeException e) {
      LOG.error("nothing is kept of {}", guest.key, e); // it is at home: it has to end here
    }
    end(guest);
  }

  private void keep(Guest guest) throws IOException {
    Kept kept = guest.kept();
    if (kept != null && guest.vm() instanceof Done<PartialVm> vm) {
      PagedMemory memory = vm.value().memory();
      PageSet resident = memory.resident();
      estimates.learn(guest.key, resident.size());
      residuals.keep(guest.key, resident, memory::read, kept);
      guest.disks().forEach(disk -> disk.keep(residuals));
    }
  }

  /** Ends a VM here for good. In its turn. Idempotent. */
  void end(Guest guest) throws IOException {
    if (guest.isEnded()) {
      return;
    }
    // first: a VMM that is gone while the record says that it is here would be taken for lost
    journal.write(ended(guest));
    guest.end();
    if (drivers.get(guest.spec.driver()) instanceof Done<HypervisorDriver> driver) {
      driver.value().purge(guest.spec, guest.place);
    }
    guests.remove(guest.key, guest);
    admission.free(guest.key);
    for (var watcher : List.copyOf(guest.watchers)) {
      watcher.close();
    }
  }

  private static Ownership ended(Guest guest) {
    return new Ownership(guest.key, Phase.ENDED, guest.epoch, "", Optional.empty(), "");
  }
}
