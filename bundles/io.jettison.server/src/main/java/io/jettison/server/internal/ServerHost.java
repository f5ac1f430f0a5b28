package io.jettison.server.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.VmActivity;
import io.jettison.api.transport.LinkAcceptor;
import io.jettison.api.transport.Transport;
import io.jettison.cownetdisk.Cownetdisk;
import io.jettison.memtap.Memtap;
import io.jettison.residuals.Residuals;
import io.jettison.vm.Drivers;
import io.jettison.vm.OwnershipJournal;
import io.jettison.vm.Places;
import io.jettison.vm.Stay;
import io.jettison.vm.VmHost;
import io.jettison.vm.VmState;
import io.jettison.vm.VmStatus;
import io.jettison.wakeup.RemoteWakeup;
import io.jettison.wire.control.ControlMessage.Report;
import io.jettison.wire.control.ControlMessage.Standing;
import io.jettison.wire.control.Conversation;
import io.jettison.wire.control.Figures;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A consolidation server at work, from construction to {@link #close}. Thread-safe. */
public final class ServerHost implements VmHost, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServerHost.class);
  private static final long REPORT_SECONDS = 1;

  /** A desktop whose link broke calls again within a few seconds, if it is there. */
  private static final long CALL_SECONDS = 5;

  private static final long RETURN_SECONDS = 120;

  private final Pcs pcs = new Pcs();
  private final PartialVms vms;
  private final MemoryWatch memoryWatch;
  private final ParkingLot lot;
  private final List<Transport.Port> ports;
  private final ScheduledFuture<?> reporting;
  private final ExecutorService sessions = Executors.newCachedThreadPool(named("jettison-session"));
  private final ScheduledExecutorService reports =
      Executors.newSingleThreadScheduledExecutor(named("jettison-reports"));

  /**
   * Finds the VMs again that were here and opens the port for desktops.
   *
   * @param memoryBytes memory for partial VMs
   * @param lot where VMs are parked
   * @throws IOException if the journal cannot be read or the port cannot be opened
   */
  public ServerHost(
      Places places,
      Drivers drivers,
      Memtap memtap,
      Residuals residuals,
      Cownetdisk cownetdisk,
      List<Transport> transports,
      InetSocketAddress address,
      long memoryBytes,
      ParkingLot lot)
      throws IOException {
    OwnershipJournal journal = new OwnershipJournal(places.state().resolve("server"));
    vms =
        new PartialVms(
            journal,
            drivers,
            memtap,
            residuals,
            cownetdisk,
            new Admission(memoryBytes),
            pcs,
            places);
    this.lot = lot;
    memoryWatch = new MemoryWatch(memoryBytes, pcs::sendHome);
    vms.adopt();
    ports =
        listen(
            transports,
            address,
            link -> new Reception(vms, memtap, cownetdisk, pcs, lot, sessions));
    reporting =
        reports.scheduleWithFixedDelay(
            this::report, REPORT_SECONDS, REPORT_SECONDS, TimeUnit.SECONDS);
    LOG.info("partial VMs are welcome at {}", address());
  }

  /** By all transports at one port; if that is 0, at the one the first of them chooses. */
  private static List<Transport.Port> listen(
      List<Transport> transports, InetSocketAddress address, LinkAcceptor acceptor)
      throws IOException {
    List<Transport.Port> opened = new ArrayList<>();
    InetSocketAddress at = address;
    try {
      for (Transport transport : transports) {
        opened.add(transport.listen(at, acceptor));
        at = opened.get(0).address();
      }
      return opened;
    } catch (IOException e) {
      opened.forEach(Transport.Port::close);
      throw e;
    }
  }

  private static java.util.concurrent.ThreadFactory named(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Whether a VM is being parked. */
  public boolean isParking() {
    return lot.taken() > 0;
  }

  /** Where desktops call. */
  public InetSocketAddress address() {
    return ports.get(0).address();
  }

  /** A driver came. */
  public void driverCame(String name) {
    sessions.execute(() -> vms.reattach(name));
  }

  /** A driver went. */
  public void driverWent(String name) {
    vms.detach(name);
  }

  /** A service came that wakes PCs. */
  public void wakeupCame(RemoteWakeup service) {
    pcs.use(service);
  }

  /** That service went. */
  public void wakeupWent(RemoteWakeup service) {
    pcs.drop(service);
  }

  private void report() {
    Map<Guest, Long> taken = new HashMap<>();
    for (Guest guest : vms.all()) {
      try {
        taken.put(guest, report(guest));
      } catch (RuntimeException e) {
        LOG.warn("no report on {}", guest.key, e);
      }
    }
    memoryWatch.look(taken);
  }

  /** Tells its desktop how it does; yields the pages it takes. */
  private long report(Guest guest) {
    Figures figures = guest.figures(0);
    long taken = figures.resident() + guest.buffered();
    vms.grown(guest, taken);
    guest.watchers.removeIf(watcher -> !watcher.isOpen());
    if (!guest.watchers.isEmpty()) {
      long cpu = guest.activity() instanceof Done<VmActivity> a ? a.value().cpuNanos() : 0;
      Report report = new Report(guest.standing(), cpu, figures);
      guest.watchers.forEach(watcher -> watcher.send(report));
    }
    return taken;
  }

  @Override
  public List<VmStatus> vms() {
    List<VmStatus> list = new ArrayList<>();
    for (Guest guest : vms.all()) {
      Figures figures = guest.figures(0);
      Standing standing = guest.standing();
      list.add(
          new VmStatus(
              guest.key,
              guest.spec.driver(),
              standing == Standing.RUNNING ? VmState.REMOTE : state(guest, standing),
              guest.epoch,
              guest.desktop(),
              guest.spec.memory().pages(),
              figures.resident(),
              Optional.empty(),
              trouble(guest, standing),
              Optional.of(stay(guest, figures, 0)),
              Optional.empty()));
    }
    return list;
  }

  private static VmState state(Guest guest, Standing standing) {
    if (standing == Standing.LOST || standing == Standing.UNCLEAR) {
      return VmState.RECOVERING;
    }
    return guest.watchers.isEmpty() ? VmState.CONSOLIDATING : VmState.REINTEGRATING;
  }

  private static String trouble(Guest guest, Standing standing) {
    return switch (standing) {
      case LOST ->
          "its VMM is gone: look at its log in "
              + guest.place.run()
              + "; its desktop has the state it left with";
      case UNCLEAR -> "its driver '" + guest.spec.driver() + "' is not here: start its bundle";
      default -> "";
    };
  }

  private static Stay stay(Guest guest, Figures f, long endedMillis) {
    return new Stay(
        guest.epoch,
        0,
        0,
        0,
        0,
        guest.spec.memory().pages(),
        0,
        f.resident(),
        f.fetched(),
        f.zero(),
        f.kept(),
        f.prefetched(),
        f.dirty(),
        0,
        0,
        0,
        f.faults(),
        f.waits(),
        f.faultP50Nanos(),
        f.faultP99Nanos(),
        f.faultMaxNanos(),
        f.blocksFetched(),
        f.blocksDirty(),
        guest.beganMillis,
        endedMillis);
  }

  @Override
  public Outcome<Nothing> boot(String vm, Progress progress) {
    return elsewhere("booted");
  }

  @Override
  public Outcome<Nothing> powerOff(String vm, Progress progress) {
    return elsewhere("switched off");
  }

  @Override
  public Outcome<Long> consolidate(String vm, Progress progress) {
    return elsewhere("consolidated");
  }

  @Override
  public Outcome<Nothing> recover(String vm, Progress progress) {
    return elsewhere("recovered");
  }

  @Override
  public Outcome<Long> salvage(String vm, Progress progress) {
    return elsewhere("recovered");
  }

  private static <T> Outcome<T> elsewhere(String what) {
    return Outcome.refused(
        "this is a server, and VMs are " + what + " on their desktop",
        "run the command on the VM's desktop");
  }

  @Override
  public Outcome<Stay> reintegrate(String vm, Progress progress) {
    Guest guest = vms.find(vm);
    if (guest == null) {
      return Outcome.refused(
          "there is no VM '" + vm + "' here",
          "VMs here: " + vms.all().stream().map(g -> g.key).toList());
    }
    progress.step("asking the desktop to fetch " + vm);
    boolean asleep = pcs.sendHome(guest, "asked for on the server");
    try {
      // one that has just brought it here has yet to call for reports
      if (!asleep && !isWatched(guest) && !guest.ends(CALL_SECONDS) && !isWatched(guest)) {
        guest.mayStay();
        return Outcome.refused(
            "the desktop of " + vm + " is not connected", "switch it on and try again");
      }
      if (!guest.ends(RETURN_SECONDS)) {
        return Outcome.refused(
            "the desktop has not fetched " + vm + " within " + RETURN_SECONDS + " s",
            "look at `jettison vms` on the desktop");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Outcome.refused("interrupted", "look at `jettison vms`");
    }
    return Outcome.done(stay(guest, guest.lastFigures(), System.currentTimeMillis()));
  }

  private static boolean isWatched(Guest guest) {
    return guest.watchers.stream().anyMatch(Conversation::isOpen);
  }

  /** Stops serving. VMs stay, and wait for the next server host when they touch an absent page. */
  @Override
  public void close() {
    reporting.cancel(true);
    reports.shutdownNow();
    ports.forEach(Transport.Port::close);
    sessions.shutdownNow();
    vms.detachAll();
  }
}
