package io.jettison.desktop.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.desktop.internal.Moment.Crash;
import io.jettison.desktop.internal.Moment.Point;
import io.jettison.desktop.internal.TwoHosts.Size;
import io.jettison.desktop.internal.TwoHosts.Snapshot;
import io.jettison.vm.VmHost.Progress;
import io.jettison.vm.VmState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A VM with a disk that is written goes out and comes home again and again, and each time something
 * goes wrong at some moment. Afterwards the guest finds every byte that it wrote, and at home the
 * image is what a model says. Short by default; with {@code -Djettison.long=true} there are 1 000
 * such moments. What happens is drawn from a seed ({@code -Djettison.seed=N}), which is printed.
 */
@Timeout(value = 4, unit = TimeUnit.HOURS)
class CrashPointsTest {
  private static final boolean LONG = Boolean.getBoolean("jettison.long");
  private static final long SEED = Long.getLong("jettison.seed", 20_150_914L);
  private static final int POINTS = LONG ? 1_000 : 30;
  private static final Size SMALL = new Size(24, 4, 1, 6);

  /** What goes wrong. */
  private enum Fault {
    SERVER_KILLED,
    DESKTOP_KILLED,
    LINKS_CUT,
    FROZEN,
    MERGE_FAILED,
    POWER_LOST,
    PARTIAL_VM_LOST
  }

  /** Faults that may be at any point. */
  private static final List<Fault> ANYWHERE =
      List.of(Fault.SERVER_KILLED, Fault.DESKTOP_KILLED, Fault.LINKS_CUT, Fault.FROZEN);

  private static final List<Point> ON_RETURN =
      List.of(Point.STEP, Point.RETURN, Point.MESSAGE, Point.MERGE, Point.VMM);

  /** What the VM is in the middle of. */
  private enum Deed {
    CONSOLIDATE,
    STAY,
    PRESEND,
    RETURN
  }

  @TempDir Path base;
  private final Random random = new Random(SEED);
  private final Map<String, Integer> struck = new TreeMap<>();
  private final ExecutorService pool = Executors.newCachedThreadPool();
  private final AtomicReference<@Nullable Snapshot> crashed = new AtomicReference<>();
  private final AtomicReference<@Nullable Snapshot> beforeCommit = new AtomicReference<>();
  private CompletableFuture<Void> server = CompletableFuture.completedFuture(null);
  private Thread me = Thread.currentThread();
  private @Nullable GuestModel model;
  private int count;
  private int faults;
  private TwoHosts hosts;

  @Test
  void noFlushedByteIsLostAndNoStaleByteIsRead() throws Exception {
    long began = System.nanoTime();
    me = Thread.currentThread();
    hosts = new TwoHosts(base, 8L << 30, SMALL);
    try {
      hosts.boot();
      for (int i = 0; faults < POINTS; i++) {
        String what = "point " + i + " of seed " + SEED;
        try {
          point();
        } catch (Exception | AssertionError e) {
          throw new AssertionError(what + " after " + struck, e);
        }
      }
      comeHome();
      verifyAtHome();
    } finally {
      pool.shutdownNow();
      hosts.close();
    }
    System.out.println(
        String.format(
            Locale.ROOT,
            "crash points: seed %d, %d points in %d s, struck %s",
            SEED,
            POINTS,
            Duration.ofNanos(System.nanoTime() - began).toSeconds(),
            struck));
  }

  private void point() throws Exception {
    VmState state = settled();
    if (state == VmState.OFF) {
      hosts.boot();
      state = VmState.LOCAL;
    }
    assertThat(state).isIn(VmState.LOCAL, VmState.REMOTE);
    work(state);
    Deed deed =
        state == VmState.LOCAL
            ? Deed.CONSOLIDATE
            : new Deed[] {Deed.STAY, Deed.PRESEND, Deed.RETURN, Deed.RETURN}[random.nextInt(4)];
    Point point = point(deed);
    Fault fault = fault(deed, point);
    boolean happened = deed == Deed.STAY ? stay(fault) : move(deed, point, fault);
    recover(fault);
    if (happened) {
      faults++;
      struck.merge(deed + "/" + (deed == Deed.STAY ? "" : point + "/") + fault, 1, Integer::sum);
    }
    verify(settled());
  }

  private void work(VmState state) throws IOException {
    assertThat(guest(state, "disk-write " + random.nextInt(60))).isZero();
    assertThat(guest(state, "dirty " + random.nextInt(60))).isZero();
    assertThat(guest(state, "disk-check 20")).isZero();
  }

  private Point point(Deed deed) {
    return switch (deed) {
      case CONSOLIDATE, STAY -> Point.STEP;
      case PRESEND -> Point.MESSAGE;
      case RETURN -> ON_RETURN.get(random.nextInt(ON_RETURN.size()));
    };
  }

  private Fault fault(Deed deed, Point point) {
    int which = random.nextInt(12);
    if (point == Point.MERGE && which < 4) {
      return which < 2 ? Fault.MERGE_FAILED : Fault.POWER_LOST;
    }
    if (deed == Deed.STAY && which < 2) {
      return Fault.PARTIAL_VM_LOST;
    }
    return ANYWHERE.get(random.nextInt(ANYWHERE.size()));
  }

  private int most(Deed deed, Point point) {
    return switch (point) {
      case STEP -> 4;
      case RETURN -> 1;
      case MESSAGE -> deed == Deed.PRESEND ? 10 : 40;
      case MERGE -> 60;
      case VMM -> 8;
    };
  }

  /** A guest that reads and writes at the server while something goes wrong there. */
  private boolean stay(Fault fault) throws Exception {
    CompletableFuture<Long> load =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return guest(VmState.REMOTE, "disk-write 40")
                    + guest(VmState.REMOTE, "disk-check 60")
                    + guest(VmState.REMOTE, "touch 60");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            pool);
    LockSupport.parkNanos(random.nextInt(10_000_000)); // any moment
    strike(Deed.STAY, Point.STEP, fault);
    recover(fault);
    if (fault == Fault.PARTIAL_VM_LOST) {
      recoverLost();
    } else {
      assertThat(load.get(60, TimeUnit.SECONDS)).isZero();
    }
    return true;
  }

  private boolean move(Deed deed, Point point, Fault fault) throws Exception {
    Moment moment = hosts.moment();
    Runnable strike = () -> strike(deed, point, fault);
    count = 1 + random.nextInt(most(deed, point));
    if (point == Point.MESSAGE) {
      hosts.calls().at(count, () -> moment.passed(Point.MESSAGE));
    }
    Snapshot earlier = beforeCommit.getAndSet(null);
    if (earlier != null) {
      earlier.discard();
    }
    moment.arm(point, point == Point.MESSAGE ? 1 : count, strike);
    try {
      perform(deed, this::step);
    } catch (Crash e) {
      assertThat(crashed.get()).isNotNull();
    }
    hosts.calls().mend();
    return moment.disarm();
  }

  private void step(String what) {
    try {
      if (what.equals("taking it over")) {
        beforeCommit.set(hosts.desktopNow());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    hosts.moment().passed(Point.STEP);
  }

  private void perform(Deed deed, Progress progress) {
    switch (deed) {
      case CONSOLIDATE -> {
        Outcome<Long> outcome = hosts.desktop().consolidate(TwoHosts.VM, progress);
        assertThat(outcome).isNotNull();
      }
      case PRESEND -> hosts.presend();
      default -> assertThat(hosts.desktop().reintegrate(TwoHosts.VM, progress)).isNotNull();
    }
  }

  private void strike(Deed deed, Point point, Fault fault) {
    boolean mover = Thread.currentThread() == me;
    try {
      switch (fault) {
        case SERVER_KILLED -> {
          server = CompletableFuture.runAsync(this::restartServer, pool);
          if (mover) {
            server.join();
          }
        }
        case LINKS_CUT -> hosts.cutLinks();
        case FROZEN -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(150)));
        case MERGE_FAILED -> throw new UncheckedIOException(new IOException("no room on the disk"));
        case PARTIAL_VM_LOST -> hosts.killPartialVm();
        case DESKTOP_KILLED, POWER_LOST -> {
          crashed.set(snapshot(point));
          if (fault == Fault.POWER_LOST) {
            model = hosts.model();
          }
          hosts.silenceDesktop();
          if (mover && deed != Deed.STAY) {
            throw new Crash();
          }
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * What the desktop's successor finds. At the first thing that is done with the VMM nothing but
   * the record says that the return is committed: it may as well not have been written yet.
   */
  private Snapshot snapshot(Point point) throws IOException {
    Snapshot now = hosts.desktopNow();
    Snapshot before = beforeCommit.get();
    if (point == Point.VMM && before != null && count == 1 && random.nextBoolean()) {
      now.record(before);
    }
    return now;
  }

  private void restartServer() {
    try {
      hosts.stopServer();
      hosts.startServer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void recover(Fault fault) throws Exception {
    server.get(60, TimeUnit.SECONDS);
    Snapshot then = crashed.getAndSet(null);
    if (then == null) {
      return;
    }
    hosts.stopDesktop();
    then.restore(fault != Fault.POWER_LOST);
    hosts.startDesktop();
    if (fault == Fault.POWER_LOST) {
      assertThat(settled()).isEqualTo(VmState.OFF);
      assertThat(Objects.requireNonNull(model).wrong(hosts.image())).isZero();
      assertThat(hosts.server().vms()).isEmpty();
    }
  }

  /** The server has lost it: it goes on from the state that it left with. */
  private void recoverLost() throws Exception {
    TwoHosts.await(
        "the loss is known", () -> hosts.desktop().recover(TwoHosts.VM, Progress.NONE).isDone());
    assertThat(settled()).isEqualTo(VmState.LOCAL);
  }

  private VmState settled() throws Exception {
    TwoHosts.await(
        "a known state",
        () -> {
          VmState state = hosts.status().state();
          return state == VmState.LOCAL || state == VmState.REMOTE || state == VmState.OFF;
        });
    return hosts.status().state();
  }

  private void verify(VmState state) throws Exception {
    if (state == VmState.LOCAL) {
      verifyAtHome();
    } else if (state == VmState.REMOTE) {
      assertThat(guest(state, "disk-check 40")).isZero();
    }
  }

  private void verifyAtHome() throws Exception {
    assertThat(guest(VmState.LOCAL, "verify")).isZero();
    assertThat(guest(VmState.LOCAL, "disk-verify")).isZero();
    assertThat(hosts.wrongInImage()).isZero();
    TwoHosts.await("the server has let go of it", () -> hosts.server().vms().isEmpty());
  }

  private void comeHome() throws Exception {
    VmState state = settled();
    if (state == VmState.REMOTE) {
      hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
    } else if (state == VmState.OFF) {
      hosts.boot();
    }
  }

  private long guest(VmState where, String command) throws IOException {
    return hosts.guest(where, command).get("bad");
  }
}
