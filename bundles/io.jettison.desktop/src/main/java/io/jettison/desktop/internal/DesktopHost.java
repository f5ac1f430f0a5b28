package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.RefusedException;
import io.jettison.api.hypervisor.HypervisorDriver;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.VmDefinition;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.desktop.internal.Pursuits.Goal;
import io.jettison.vm.Lifecycle.Event;
import io.jettison.vm.Ownership;
import io.jettison.vm.Ownership.Phase;
import io.jettison.vm.OwnershipJournal;
import io.jettison.vm.Places;
import io.jettison.vm.Stay;
import io.jettison.vm.VmHost;
import io.jettison.vm.VmState;
import io.jettison.vm.VmStatus;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.Conversation;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A PC and its VMs, from construction to {@link #close}. Thread-safe. */
public final class DesktopHost implements VmHost, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DesktopHost.class);
  private static final Duration RECOVERY_PAUSE = Duration.ofSeconds(1);
  private static final Duration WATCH_PAUSE = Duration.ofSeconds(1);
  private static final Duration RELEASE_PAUSE = Duration.ofSeconds(10);

  /** Each return that fails costs a VMM that is started for it. */
  private static final Duration FETCH_PAUSE = Duration.ofMinutes(1);

  private final Map<String, DesktopVm> vms = new ConcurrentSkipListMap<>();
  private final Map<String, VmDefinition> definitions = new ConcurrentHashMap<>();
  private final Context context;
  private final Places places;
  private final OwnershipJournal journal;
  private final ActivityMonitor activity;
  private final ExecutorService background =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "jettison-desktop");
            thread.setDaemon(true);
            return thread;
          });
  private final Pursuits pursuits = new Pursuits(background);

  /**
   * Takes up every VM of the journal where it was left.
   *
   * @throws IOException if the journal cannot be read: then nothing is known of who may run what
   */
  public DesktopHost(Context context, Places places, ActivityMonitor activity) throws IOException {
    this.context = context;
    this.places = places;
    this.activity = activity;
    this.journal = new OwnershipJournal(places.state().resolve("desktop"));
    for (String name : journal.vms()) {
      Ownership ownership = journal.read(name).orElseThrow();
      boolean off = ownership.phase() == Phase.OFF;
      DesktopVm vm =
          new DesktopVm(
              places.of(name),
              places.disks(name),
              journal,
              ownership,
              off ? VmState.OFF : VmState.RECOVERING);
      vms.put(name, vm);
      recover(vm);
      release(vm);
    }
  }

  /** All VMs that it knows more of than their description. */
  Collection<DesktopVm> all() {
    return vms.values();
  }

  /** Drivers of the VMs that are described. */
  Set<String> drivers() {
    Set<String> drivers = new TreeSet<>();
    for (VmDefinition definition : definitions.values()) {
      if (definition.spec() instanceof Done<VmSpec> spec) {
        drivers.add(spec.value().driver());
      }
    }
    return drivers;
  }

  /** Whether a VM is on its way. */
  boolean isMoving() {
    return vms.values().stream()
        .map(DesktopVm::state)
        .anyMatch(state -> state == VmState.CONSOLIDATING || state == VmState.REINTEGRATING);
  }

  /** A VM was described in the configuration. */
  public void define(VmDefinition definition) {
    definitions.put(definition.name(), definition);
  }

  /** A description went. A VM that is not off goes on by the description it was booted with. */
  public void undefine(VmDefinition definition) {
    definitions.remove(definition.name(), definition);
  }

  /** A driver came: VMs that waited for it are tried again soon by themselves. */
  public void driverCame(String name) {
    LOG.debug("driver {} came", name);
  }

  /** A driver went: its VMs run on, and are found again when it is back. */
  public void driverWent(String name) {
    for (DesktopVm vm : vms.values()) {
      Optional<VmSpec> spec = vm.ownership().spec();
      if (spec.isPresent() && spec.get().driver().equals(name)) {
        later(() -> inTurn(vm, () -> lose(vm, "its driver '" + name + "' went")));
      }
    }
  }

  private void lose(DesktopVm vm, String why) {
    if (vm.state() == VmState.OFF) {
      return;
    }
    vm.local()
        .then(
            local -> {
              local.detach();
              return Outcome.done();
            });
    vm.local(null);
    vm.unserve();
    vm.trouble(why);
    vm.happened(Event.LOST);
    recover(vm);
  }

  /** Unless this host is closed: its successor finds what is to be done. */
  private void later(Runnable task) {
    try {
      background.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("not done any more: {}", task);
    }
  }

  private static void inTurn(DesktopVm vm, Runnable deed) {
    vm.turn.lock();
    try {
      deed.run();
    } finally {
      vm.turn.unlock();
    }
  }

  /** Finds out again, if need be, what became of a VM. */
  private void recover(DesktopVm vm) {
    pursuits.pursue(
        new Goal("recover", vm.name, 0),
        () -> vm.state() == VmState.RECOVERING,
        () -> attempt(vm),
        RECOVERY_PAUSE);
  }

  private void attempt(DesktopVm vm) {
    inTurn(
        vm,
        () -> {
          if (vm.state() != VmState.RECOVERING || new Recovery(context, vm).attempt()) {
            watch(vm);
          }
        });
  }

  /** Follows a VM that is away, and lets the server know if it is not. */
  private void watch(DesktopVm vm) {
    if (vm.state() == VmState.REMOTE) {
      Watcher watcher = new Watcher(context, vm, why -> fetch(vm, why));
      pursuits.pursue(
          new Goal("watch", vm.name, vm.ownership().epoch()),
          watcher::lasts,
          watcher::follow,
          WATCH_PAUSE);
    }
    release(vm);
  }

  private void fetch(DesktopVm vm, String why) {
    LOG.info("the server asks to fetch {}: {}", vm.name, why);
    long epoch = vm.ownership().epoch();
    pursuits.pursue(
        new Goal("fetch", vm.name, epoch),
        () -> vm.ownership().phase() == Phase.AWAY && vm.ownership().epoch() == epoch,
        () -> {
          if (reintegrate(vm.name, Progress.NONE) instanceof Refused<Stay> refused) {
            LOG.warn("{} is not fetched yet: {}", vm.name, refused.oneLine());
          }
        },
        FETCH_PAUSE);
  }

  /** Whether a server that holds memory and slices for it has not been told that it need not. */
  private static boolean isOwed(DesktopVm vm) {
    Ownership ownership = vm.ownership();
    boolean here =
        vm.state() == VmState.LOCAL
            ? ownership.phase() == Phase.HOME
            : vm.state() == VmState.OFF && ownership.phase() == Phase.OFF;
    return here && !ownership.peer().isEmpty();
  }

  private void release(DesktopVm vm) {
    pursuits.pursue(
        new Goal("release", vm.name, 0), () -> isOwed(vm), () -> releaseOnce(vm), RELEASE_PAUSE);
  }

  // not in its turn: while a server cannot be reached the VM can be moved all the same
  private void releaseOnce(DesktopVm vm) {
    if (context.call(vm.ownership().peer()) instanceof Done<Conversation> done) {
      try (Conversation conversation = done.value()) {
        inTurn(vm, () -> release(vm, conversation));
      }
    }
  }

  private void release(DesktopVm vm, Conversation conversation) {
    try {
      if (isOwed(vm)) {
        new Recovery(context, vm).release(conversation);
      }
    } catch (IOException e) {
      LOG.warn("cannot note that the server let go of {}", vm.name, e);
    }
  }

  // --- VmHost

  @Override
  public List<VmStatus> vms() {
    List<VmStatus> list = new ArrayList<>();
    Map<String, Boolean> names = new ConcurrentSkipListMap<>();
    vms.keySet().forEach(name -> names.put(name, true));
    definitions.keySet().forEach(name -> names.put(name, true));
    names.keySet().forEach(name -> list.add(status(name)));
    return list;
  }

  private VmStatus status(String name) {
    DesktopVm vm = vms.get(name);
    if (vm == null || vm.state() == VmState.OFF) {
      return statusOfDefinition(name, vm);
    }
    VmSpec spec = vm.ownership().spec().orElseThrow();
    return new VmStatus(
        name,
        spec.driver(),
        vm.state(),
        vm.ownership().epoch(),
        vm.ownership().peer(),
        spec.memory().pages(),
        0,
        vm.state() == VmState.LOCAL ? activity.idle(vm) : Optional.empty(),
        vm.trouble(),
        vm.stay().map(StayLedger::toStay),
        vm.residence());
  }

  private VmStatus statusOfDefinition(
      String name, @org.jspecify.annotations.Nullable DesktopVm vm) {
    Outcome<VmSpec> spec = definition(name);
    String faulty = spec instanceof Refused<VmSpec> refused ? refused.oneLine() : "";
    Optional<VmSpec> known =
        spec instanceof Done<VmSpec> done ? Optional.of(done.value()) : Optional.empty();
    return new VmStatus(
        name,
        known.map(VmSpec::driver).orElse(""),
        VmState.OFF,
        vm == null ? 0 : vm.ownership().epoch(),
        "",
        known.map(s -> s.memory().pages()).orElse(0L),
        0,
        Optional.empty(),
        faulty.isEmpty() && vm != null ? vm.trouble() : faulty,
        vm == null ? Optional.empty() : vm.stay().map(StayLedger::toStay),
        Optional.empty());
  }

  private Outcome<VmSpec> definition(String name) {
    VmDefinition definition = definitions.get(name);
    if (definition == null) {
      return unknown(name);
    }
    return definition.spec();
  }

  private <T> Outcome<T> unknown(String name) {
    List<String> known = vms().stream().map(VmStatus::name).toList();
    return Outcome.refused(
        "there is no VM '" + name + "' on this desktop",
        known.isEmpty()
            ? "describe it in jettison.conf, in a section such as [vm.qemu " + name + "]"
            : "VMs here: " + String.join(", ", known));
  }

  /** One who has the turn of a VM that is in the right state for it. */
  private <T> Outcome<T> moving(
      String name, VmState from, String what, Function<DesktopVm, Outcome<T>> deed) {
    DesktopVm vm = vms.get(name);
    if (vm == null) {
      return definitions.containsKey(name) ? notIn(name, VmState.OFF, what) : unknown(name);
    }
    if (!vm.turn.tryLock()) {
      if (vm.state() != from) {
        return Outcome.refused(
            name + " is busy: it " + words(vm.state()),
            "wait until that is done; see `jettison vms`");
      }
      vm.turn.lock(); // who brought it into this state has its turn a moment longer
    }
    try {
      return vm.state() == from ? deed.with(vm) : notIn(name, vm.state(), what);
    } finally {
      vm.turn.unlock();
    }
  }

  /** A deed with a VM. */
  private interface Function<V, R> {
    R with(V vm);
  }

  private static <T> Outcome<T> notIn(String name, VmState state, String what) {
    return Outcome.refused(
        name + " cannot be " + what + ": it " + words(state),
        switch (state) {
          case OFF -> "boot it first: jettison boot " + name;
          case LOCAL -> "it is at home already";
          case REMOTE -> "bring it home first: jettison reintegrate " + name;
          default -> "wait until that is done; see `jettison vms`";
        });
  }

  private static String words(VmState state) {
    return switch (state) {
      case OFF -> "is off";
      case LOCAL -> "runs on this desktop";
      case CONSOLIDATING -> "is being consolidated";
      case REMOTE -> "is on the server";
      case REINTEGRATING -> "is coming home";
      case RECOVERING -> "is being recovered";
    };
  }

  @Override
  public Outcome<Nothing> boot(String name, Progress progress) {
    Outcome<VmSpec> described = definition(name);
    DesktopVm known = vms.get(name);
    if (known != null && known.state() != VmState.OFF) {
      return notIn(name, known.state(), "booted");
    }
    return described.then(this::examined).then(spec -> boot(spec, progress));
  }

  /** With the sizes of the disks that follow the VM, whose images must be fit for that. */
  private Outcome<VmSpec> examined(VmSpec spec) {
    List<VmSpec.Disk> disks = new ArrayList<>();
    for (VmSpec.Disk disk : spec.disks()) {
      Outcome<VmSpec.Disk> examined =
          disk.kind() == VmSpec.Disk.Kind.FOLLOWS
              ? context.disksrv().examine(disk)
              : Outcome.done(disk);
      if (examined instanceof Refused<VmSpec.Disk> refused) {
        return refused.as();
      }
      disks.add(examined.orThrow());
    }
    return Outcome.done(
        new VmSpec(spec.name(), spec.driver(), spec.memory(), disks, spec.settings()));
  }

  private Outcome<Nothing> boot(VmSpec spec, Progress progress) {
    Outcome<HypervisorDriver> driver = context.drivers().get(spec.driver());
    if (driver instanceof Refused<HypervisorDriver> refused) {
      return refused.as();
    }
    try {
      DesktopVm fresh =
          new DesktopVm(
              places.of(spec.name()),
              places.disks(spec.name()),
              journal,
              new Ownership(spec.name(), Phase.OFF, 0, "", Optional.of(spec), ""),
              VmState.OFF);
      DesktopVm earlier = vms.putIfAbsent(spec.name(), fresh);
      return moving(
          spec.name(),
          VmState.OFF,
          "booted",
          vm -> boot(vm, spec, driver.orThrow(), progress, earlier == null));
    } catch (IOException e) {
      return Outcome.refused("its folders cannot be created: " + e.getMessage(), "make room");
    }
  }

  private Outcome<Nothing> boot(
      DesktopVm vm, VmSpec spec, HypervisorDriver driver, Progress progress, boolean first) {
    progress.step("booting " + vm.name);
    try {
      long epoch = first ? 1 : vm.nextEpoch();
      vm.describe(new Ownership(vm.name, Phase.OFF, epoch, "", Optional.of(spec), ""));
      vm.own(Phase.HOME, epoch, "", "");
      Outcome<LocalVm> booted = driver.boot(spec, vm.place);
      if (booted instanceof Done<LocalVm> local) {
        vm.local(local.value());
        vm.trouble("");
        vm.happened(Event.BOOTED);
        return Outcome.done();
      }
      vm.own(Phase.OFF, epoch, "", "");
      return ((Refused<LocalVm>) booted).as();
    } catch (IOException e) {
      return Outcome.refused(
          "the ownership journal cannot be written: " + e.getMessage(),
          "make room in " + places.state());
    }
  }

  @Override
  public Outcome<Nothing> powerOff(String name, Progress progress) {
    return moving(name, VmState.LOCAL, "switched off", vm -> switchOff(vm, "switched off"));
  }

  /** The VM ended by itself, or is to end. In its turn. */
  Outcome<Nothing> switchOff(DesktopVm vm, String why) {
    VmSpec spec = vm.ownership().spec().orElseThrow();
    return context
        .drivers()
        .get(spec.driver())
        .then(
            driver -> {
              driver.purge(spec, vm.place);
              vm.local(null);
              vm.happened(Event.POWERED_OFF);
              LOG.info("{}: {}", vm.name, why);
              try {
                Staging.discard(vm);
                Files.deleteIfExists(Checkpoint.path(vm.place));
                vm.own(Phase.OFF, vm.ownership().epoch(), "", "");
              } catch (IOException e) {
                LOG.warn("cannot note that {} is off; it will be found so", vm.name, e);
              }
              return Outcome.done();
            });
  }

  @Override
  public Outcome<Long> consolidate(String name, Progress progress) {
    return moving(
        name,
        VmState.LOCAL,
        "consolidated",
        vm -> settle(vm, new Consolidation(context, vm, progress, background)::run));
  }

  @Override
  public Outcome<Stay> reintegrate(String name, Progress progress) {
    return moving(
        name,
        VmState.REMOTE,
        "brought home",
        vm -> settle(vm, new Reintegration(context, vm, progress, background)::run));
  }

  private <T> Outcome<T> settle(DesktopVm vm, Supplier<Outcome<T>> move) {
    Outcome<T> outcome = move.get();
    recover(vm);
    watch(vm);
    return outcome;
  }

  @Override
  public Outcome<Nothing> recover(String name, Progress progress) {
    return onceLost(
        name,
        progress,
        (vm, server) -> {
          server.send(new ControlMessage.Release(name, vm.ownership().epoch()));
          server.expect(ControlMessage.Done.class, Context.PATIENCE).orThrow();
          progress.step("going on from the state it left with");
          vm.happened(Event.LOST);
          vm.unserve();
          new Recovery(context, vm).takeBack();
          return Outcome.done();
        });
  }

  @Override
  public Outcome<Long> salvage(String name, Progress progress) {
    return onceLost(name, progress, (vm, server) -> salvage(vm, server, progress));
  }

  private Outcome<Long> salvage(DesktopVm vm, Conversation server, Progress progress)
      throws IOException {
    long epoch = vm.ownership().epoch();
    if (vm.ownership().spec().orElseThrow().following().isEmpty()) {
      return Outcome.refused(
          vm.name + " has no disk that followed it", "recover it: jettison recover " + vm.name);
    }
    vm.dropStaging();
    long blocks;
    try (Staging staging = vm.takeStaging()) {
      progress.step("fetching what it wrote to its disks");
      server.onBulk(staging::take);
      server.send(new ControlMessage.Return(vm.name, epoch, staging.name()));
      server.send(new ControlMessage.Salvage());
      blocks =
          server
              .expect(ControlMessage.RoundEnd.class, Reintegration.STOP_PATIENCE)
              .orThrow()
              .pages();
      staging.completeDisks(blocks, epoch).orThrow();
    } catch (RefusedException | IOException e) {
      vm.dropStaging();
      throw e;
    }
    // if this fails it may be committed all the same: what is staged stays
    vm.own(Phase.COMMITTED, epoch + 1, vm.ownership().peer(), "");
    server.close(); // recovery has a conversation of its own
    progress.step("merging it");
    vm.unserve();
    vm.happened(Event.LOST);
    if (!new Recovery(context, vm).attempt()) {
      return Outcome.refused(vm.trouble(), "it is tried again; see `jettison vms`");
    }
    vm.trouble("it was switched off when the server lost it; its disks are as it left them there");
    return Outcome.done(blocks);
  }

  /** What is done with a VM that is lost. */
  private interface Remedy<T> {
    Outcome<T> with(DesktopVm vm, Conversation server) throws IOException;
  }

  /** Does it in the VM's turn, if the server itself says that it has lost the VM. */
  private <T> Outcome<T> onceLost(String name, Progress progress, Remedy<T> remedy) {
    DesktopVm vm = vms.get(name);
    if (vm == null) {
      return unknown(name);
    }
    if (vm.ownership().phase() != Phase.AWAY) {
      return notIn(name, vm.state(), "recovered");
    }
    vm.turn.lock();
    try (Conversation server = context.call(vm.ownership().peer()).orThrow()) {
      progress.step("asking " + vm.ownership().peer() + " whether it lost " + name);
      server.send(new ControlMessage.Status(name, vm.ownership().epoch()));
      ControlMessage.Standing standing =
          server.expect(ControlMessage.StandingReply.class, Context.PATIENCE).orThrow().standing();
      if (standing != ControlMessage.Standing.LOST) {
        return Outcome.refused(
            "the server has not lost " + name + ": it says " + standing,
            "bring it home: jettison reintegrate " + name);
      }
      return remedy.with(vm, server);
    } catch (RefusedException e) {
      return e.refusal().as();
    } catch (IOException e) {
      return Outcome.refused("recovery failed: " + e.getMessage(), "look at the log");
    } finally {
      vm.turn.unlock();
      recover(vm); // what failed half-way
    }
  }

  /**
   * Forgets the VMs without touching them. Page service stops: partial VMs wait for the next host.
   */
  @Override
  public void close() {
    background.shutdownNow();
    try {
      if (!background.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("a move was still under way; it is recovered at the next start");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (DesktopVm vm : vms.values()) {
      vm.unserve();
      vm.local()
          .then(
              local -> {
                local.detach();
                return Outcome.done();
              });
      if (vm.turn.tryLock()) {
        vm.dropStaging();
        vm.turn.unlock();
      }
    }
  }
}
