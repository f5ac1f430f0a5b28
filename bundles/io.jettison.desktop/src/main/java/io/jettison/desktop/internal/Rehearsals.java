package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.RefusedException;
import io.jettison.api.hypervisor.VmDefinition;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.vm.Places;
import io.jettison.vm.Rehearsal;
import io.jettison.vm.Stay;
import io.jettison.vm.VmHost.Progress;
import io.jettison.vm.VmState;
import io.jettison.wire.control.Conversation;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rehearses once its desktop and the server know each other, and when asked. The stage is a desktop
 * host of its own, with the code of the real one and folders beside its: no policy sees its VMs,
 * and no journal of a user's VM is touched.
 */
final class Rehearsals implements Rehearsal, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Rehearsals.class);

  /** Begins the names of its VMs. */
  static final String NAME = "jettison-rehearsal-";

  /** How many moves are rehearsed unless configured: by then they hardly become shorter. */
  static final int TIMES = 12;

  private static final long LOOK_SECONDS = 2;
  private static final long STAY_MILLIS = 300;
  private static final long POLL_MILLIS = 50;

  /** A rehearsal that fails costs what one that does not costs: it must not go on for ever. */
  private static final Duration RETRY = Duration.ofSeconds(30);

  private static final long RECOVERY_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final DesktopHost host;
  private final Context context;
  private final Places places;
  private final ActivityMonitor activity;
  private final int times;
  private final AtomicReference<@Nullable CompletableFuture<Outcome<List<Move>>>> underWay =
      new AtomicReference<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "jettison-rehearsal");
            thread.setDaemon(true);
            return thread;
          });
  private final Backoff backoff = new Backoff(RETRY, System::nanoTime);
  private volatile boolean rehearsed;
  private String trouble = "";

  /**
   * Of a desktop.
   *
   * @param host whose VMs it is for
   * @param places where that host keeps its things
   * @param times how many moves; with 0 it rehearses only when asked
   */
  Rehearsals(
      DesktopHost host, Context context, Places places, ActivityMonitor activity, int times) {
    this.host = host;
    this.context = context;
    this.places = stage(places);
    this.activity = activity;
    this.times = times > 0 ? times : TIMES;
    if (times > 0) {
      ScheduledFuture<?> unused =
          clock.scheduleWithFixedDelay(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }
  }

  /** Where the host on the stage keeps its things. */
  static Places stage(Places places) {
    return new Places(
        places.state().resolve("rehearsal"),
        places.memory().resolve("rehearsal"),
        places.run().resolve("rehearsal"));
  }

  /** Whether moves were rehearsed since it is here. */
  boolean isRehearsed() {
    return rehearsed;
  }

  // Not while a VM of a user moves: it would share the processor with its own rehearsal.
  private void look() {
    try {
      if (!rehearsed
          && backoff.mayTry()
          && !host.drivers().isEmpty()
          && !host.isMoving()
          && serverAnswers()
          && !rehearse(Progress.NONE).isDone()) {
        backoff.failed();
      }
    } catch (RuntimeException | LinkageError e) {
      backoff.failed();
      LOG.error("cannot rehearse", e);
    }
  }

  private boolean serverAnswers() {
    Outcome<Conversation> called =
        context.serverAddress().then(address -> context.call(context.server()));
    if (called instanceof Done<Conversation> done) {
      done.value().close();
    }
    return called.isDone();
  }

  @Override
  public Outcome<List<Move>> rehearse(Progress progress) {
    CompletableFuture<Outcome<List<Move>>> mine = new CompletableFuture<>();
    CompletableFuture<Outcome<List<Move>>> theirs = underWay.compareAndExchange(null, mine);
    if (theirs != null) {
      progress.step("a rehearsal is under way; waiting for it");
      return theirs.join();
    }
    Outcome<List<Move>> outcome = Outcome.refused("it failed", "look at the log");
    try {
      outcome = perform(progress);
    } finally {
      underWay.set(null);
      mine.complete(outcome);
    }
    note(outcome);
    return outcome;
  }

  private synchronized void note(Outcome<List<Move>> outcome) {
    if (outcome instanceof Done<List<Move>> done && !done.value().isEmpty()) {
      rehearsed = true;
      Move first = done.value().get(0);
      Move last = done.value().get(done.value().size() - 1);
      LOG.info("rehearsed: {}, at first {}", words(last), words(first));
    } else if (outcome instanceof Refused<List<Move>> refused
        && !refused.oneLine().equals(trouble)) {
      trouble = refused.oneLine();
      LOG.warn("cannot rehearse: {}", trouble);
    }
  }

  private static String words(Move move) {
    return String.format(
        Locale.ROOT, "%.1f ms out, %.1f ms back", move.outNanos() / 1e6, move.backNanos() / 1e6);
  }

  private Outcome<List<Move>> perform(Progress progress) {
    if (host.drivers().isEmpty()) {
      return Outcome.refused(
          "no VM is described here whose moves could be rehearsed",
          "describe one in jettison.conf, in a section such as [vm.qemu NAME]");
    }
    List<Move> moves = new ArrayList<>();
    for (String driver : host.drivers()) {
      Outcome<VmSpec> spec =
          context.drivers().get(driver).then(found -> found.rehearsal(NAME + driver));
      if (spec instanceof Refused<VmSpec> none) {
        LOG.info("moves of {} are not rehearsed: {}", driver, none.oneLine());
        continue;
      }
      try (DesktopHost stage = new DesktopHost(context, places, activity)) {
        moves.addAll(perform(stage, spec.orThrow(), progress));
      } catch (RefusedException e) {
        return e.refusal().as();
      } catch (IOException e) {
        return Outcome.refused(
            "the rehearsal has no place: " + e.getMessage(), "make room in " + places.state());
      }
    }
    return Outcome.done(moves);
  }

  private List<Move> perform(DesktopHost stage, VmSpec spec, Progress progress) {
    List<Move> moves = new ArrayList<>();
    clear(stage, spec.name());
    stage.define(definition(spec));
    stage.boot(spec.name(), progress).orThrow();
    try {
      for (int i = 1; i <= times; i++) {
        long out = stage.consolidate(spec.name(), Progress.NONE).orThrow();
        pause(STAY_MILLIS);
        Stay stay = stage.reintegrate(spec.name(), Progress.NONE).orThrow();
        Move move = new Move(spec.driver(), out, stay.reintegrateNanos());
        progress.step("rehearsal " + i + " of " + times + ": " + words(move));
        moves.add(move);
      }
    } finally {
      clear(stage, spec.name());
    }
    return moves;
  }

  // Also what an earlier rehearsal left that did not come to its end.
  private static void clear(DesktopHost stage, String name) {
    long begun = System.nanoTime();
    while (state(stage, name) == VmState.RECOVERING
        && System.nanoTime() - begun < RECOVERY_NANOS
        && pause(POLL_MILLIS)) {
      stage.recover(name, Progress.NONE); // refused unless the server has lost it
    }
    if (state(stage, name) == VmState.REMOTE) {
      stage.reintegrate(name, Progress.NONE).orThrow();
    }
    if (state(stage, name) == VmState.LOCAL) {
      stage.powerOff(name, Progress.NONE).orThrow();
    }
  }

  private static VmState state(DesktopHost stage, String name) {
    Optional<DesktopVm> vm = stage.all().stream().filter(v -> v.name.equals(name)).findAny();
    return vm.map(DesktopVm::state).orElse(VmState.OFF);
  }

  /** A description of this VM. */
  static VmDefinition definition(VmSpec spec) {
    return new VmDefinition() {
      @Override
      public String name() {
        return spec.name();
      }

      @Override
      public Outcome<VmSpec> spec() {
        return Outcome.done(spec);
      }
    };
  }

  /** Whether it may go on. */
  private static boolean pause(long millis) {
    try {
      Thread.sleep(millis);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
    try {
      if (!clock.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("a rehearsal was still under way; the next one clears up after it");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
