package io.jettison.server.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.PartialVm;
import io.jettison.api.hypervisor.VmActivity;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.memtap.Memtap.NearPages;
import io.jettison.memtap.Memtap.Tap;
import io.jettison.memtap.TapCounters;
import io.jettison.residuals.Residuals.Kept;
import io.jettison.wire.control.ControlMessage.AskReturn;
import io.jettison.wire.control.ControlMessage.Running;
import io.jettison.wire.control.ControlMessage.Standing;
import io.jettison.wire.control.Conversation;
import io.jettison.wire.control.Figures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A partial VM in one epoch. {@link #turn} orders what desktops and the host do with it; what only
 * looks at it does not take the turn.
 */
final class Guest {
  final String key;
  final long epoch;
  final VmSpec spec;
  final VmPlace place;
  final ReentrantLock turn = new ReentrantLock();
  final List<Conversation> watchers = new CopyOnWriteArrayList<>();
  final long beganMillis = System.currentTimeMillis();

  final Changes memoryChanges = new Changes();

  /**
   * Whether the journal says that {@link #memoryChanges} may hold more than the hypervisor knows.
   */
  boolean harvested;

  private volatile @Nullable PartialVm vm;
  private volatile @Nullable Tap tap;
  private volatile List<GuestDisk> disks = List.of();
  private volatile @Nullable Kept kept;
  private volatile boolean answered;
  private volatile CompletableFuture<Boolean> compared = new CompletableFuture<>();
  private volatile @Nullable Conversation caller;
  private volatile boolean lost;
  private volatile boolean ended;

  /** Why its desktop is to fetch it; empty if it need not. */
  private volatile String wantedHome = "";

  private final CountDownLatch end = new CountDownLatch(1);
  private volatile Figures last = Figures.NONE;

  Guest(String key, long epoch, VmSpec spec, VmPlace place) {
    this.key = key;
    this.epoch = epoch;
    this.spec = spec;
    this.place = place;
  }

  void attach(PartialVm found, Tap service, Kept pages) {
    vm = found;
    tap = service;
    kept = pages;
    lost = false;
    compared = new CompletableFuture<>();
    answered = false;
    if (pages.size() == 0 && disks.stream().allMatch(disk -> disk.kept().size() == 0)) {
      answered = true;
      compared.complete(true);
    }
    service.near(
        new NearPages() {
          @Override
          public boolean has(long pfn) {
            return pages.isUnlocked(pfn);
          }

          @Override
          public boolean mayHave(long pfn) {
            return pages.isUndecided(pfn);
          }

          @Override
          public boolean read(long pfn, ByteBuffer into) {
            return pages.read(pfn, into);
          }
        });
  }

  /** Its disks are served from now on, until it ends or is detached. */
  void serve(List<GuestDisk> served) {
    disks = List.copyOf(served);
  }

  /** Its disks, while they are served. */
  List<GuestDisk> disks() {
    return disks;
  }

  /** Forgets VMM, fault service and disks without touching the VM, which waits for them. */
  void detach() {
    disks.forEach(GuestDisk::close);
    disks = List.of();
    Tap service = tap;
    if (service != null) {
      service.close();
    }
    PartialVm found = vm;
    if (found != null) {
      found.detach();
    }
    tap = null;
    vm = null;
    unkeep();
  }

  private void unkeep() {
    Kept pages = kept;
    if (pages != null) {
      pages.close();
    }
    kept = null;
  }

  /** What was kept of its earlier stays, while it is attached. */
  @Nullable Kept kept() {
    return kept;
  }

  /** What is said of it when it runs. */
  Running sayRunning() {
    PartialVm found = vm;
    long now = System.nanoTime();
    long since = found == null ? now : found.runsSinceNanos().orElse(now);
    return new Running(Math.max(0, now - since));
  }

  /** It runs. */
  void running() {
    Tap service = tap;
    if (service != null) {
      service.running();
    }
  }

  /** It is known which kept pages are of use. */
  void judged() {
    Tap service = tap;
    if (service != null) {
      service.reconsider();
    }
  }

  /** All that was kept and is of use is used. */
  void compared() {
    compared.complete(true);
  }

  /** Its desktop has said which of all that was kept is of use. */
  void answered() {
    answered = true;
  }

  boolean isAnswered() {
    return answered;
  }

  /** Waits until all that was kept of earlier stays and is of use is used. */
  Outcome<Nothing> awaitComparison(long seconds) {
    try {
      compared.get(seconds, TimeUnit.SECONDS);
      return Outcome.done();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Outcome.refused("interrupted", "try again");
    } catch (ExecutionException | TimeoutException e) {
      return Outcome.refused(
          "it is not known yet which of the pages that were kept are of use", "try again");
    }
  }

  /** Pages it touched first in its last stay. */
  long[] firstTouches() {
    Tap service = tap;
    return service == null ? new long[0] : service.firstTouches();
  }

  /** It went home in good order. */
  void wentHome() {
    Tap service = tap;
    if (service != null) {
      service.wentHome();
    }
  }

  static String desktop(String key) {
    return key.substring(0, key.indexOf('/'));
  }

  /** The name of its desktop. */
  String desktop() {
    return desktop(key);
  }

  /** Its name there. */
  String name() {
    return key.substring(key.indexOf('/') + 1);
  }

  /** Its desktop wants to be kept informed. */
  void watch(Conversation caller) {
    watchers.add(caller);
    askHome(caller);
  }

  private void askHome(Conversation desktop) {
    String why = wantedHome;
    if (!why.isEmpty()) {
      desktop.send(new AskReturn(why));
    }
  }

  /** Its desktop is awake: if it is to fetch the VM, it may not have been asked, being asleep. */
  void desktopIsAwake() {
    watchers.forEach(this::askHome);
  }

  /**
   * Asks its desktop to fetch it, and asks again whenever that calls anew: the link of an earlier
   * call may be dead without anybody having noticed.
   *
   * @param asleep it is asked only then: what is sent into a sleep comes late, if at all
   */
  void sendHome(String why, boolean asleep) {
    wantedHome = why;
    if (!asleep) {
      watchers.forEach(this::askHome);
    }
  }

  /** Its desktop need not fetch it after all. */
  void mayStay() {
    wantedHome = "";
  }

  void lose() {
    lost = true;
  }

  /** Ends fault service and VMM, also while something waits for them. Idempotent. */
  void kill() {
    Tap service = tap;
    if (service != null) {
      service.close(); // first: it has the VM's memory
    }
    PartialVm found = vm;
    if (found != null) {
      found.destroy();
    }
  }

  void end() {
    ended = true;
    last = figures(memoryChanges.all().size());
    kill();
    disks.forEach(GuestDisk::discard);
    disks = List.of();
    tap = null;
    vm = null;
    unkeep();
    end.countDown();
  }

  /** Whether it ends within a time; then its {@linkplain #lastFigures last figures} are there. */
  boolean ends(long seconds) throws InterruptedException {
    return end.await(seconds, TimeUnit.SECONDS);
  }

  /** The figures at its end. */
  Figures lastFigures() {
    return last;
  }

  boolean isEnded() {
    return ended;
  }

  boolean isAttached() {
    return vm != null;
  }

  /** The VM, if its driver is here and its VMM lives. */
  Outcome<PartialVm> vm() {
    PartialVm found = vm;
    if (found != null) {
      return Outcome.done(found);
    }
    return lost
        ? Outcome.refused(
            "the VMM of " + key + " is gone",
            "look at its log in " + place.run() + " on the server")
        : Outcome.refused("the driver of " + key + " is being replaced", "try again in a moment");
  }

  @Nullable Tap tap() {
    return tap;
  }

  /**
   * Begins a caller's turn. A desktop's latest word counts: an earlier conversation, perhaps one
   * whose end nobody noticed, is closed.
   */
  void enter(Conversation conversation) {
    Conversation earlier = caller;
    if (earlier != null && earlier != conversation) {
      earlier.close();
    }
    turn.lock();
    caller = conversation;
  }

  void leave() {
    caller = null;
    turn.unlock();
  }

  Standing standing() {
    if (ended) {
      return Standing.ENDED;
    }
    PartialVm found = vm;
    if (found == null) {
      return lost ? Standing.LOST : Standing.UNCLEAR;
    }
    return switch (found.state()) {
      case RUNNING -> Standing.RUNNING;
      case STOPPED -> Standing.STOPPED;
      case WAITING -> Standing.WAITING;
      case GONE -> Standing.LOST;
    };
  }

  Outcome<VmActivity> activity() {
    return vm().then(PartialVm::activity);
  }

  /** Pages in its prefetch buffer. */
  long buffered() {
    Tap service = tap;
    return service == null ? 0 : service.counters().buffered();
  }

  Figures figures(long dirty) {
    PartialVm found = vm;
    Tap service = tap;
    if (found == null || service == null) {
      return Figures.NONE;
    }
    TapCounters c = service.counters();
    long resident = c.fetched() + c.zero() + c.kept();
    try {
      resident = found.memory().residentPages();
    } catch (IOException e) {
      // the VMM has just gone; its state tells
      lost = found.state() == io.jettison.api.hypervisor.RunState.GONE;
    }
    long blocksFetched = 0;
    long blocksDirty = 0;
    for (GuestDisk disk : disks) {
      blocksFetched += disk.disk().counters().fetched();
      blocksDirty += disk.disk().counters().dirty();
    }
    return new Figures(
        resident,
        dirty,
        c.faults(),
        c.waits(),
        c.fetched(),
        c.zero(),
        c.kept(),
        c.prefetched(),
        c.latencyP50Nanos(),
        c.latencyP99Nanos(),
        c.latencyMaxNanos(),
        blocksFetched,
        blocksDirty);
  }
}
