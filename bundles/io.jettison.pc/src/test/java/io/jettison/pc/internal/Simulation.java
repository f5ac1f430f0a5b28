package io.jettison.pc.internal;

import io.jettison.api.Outcome;
import io.jettison.api.activity.ActivitySource;
import io.jettison.api.caesar.ContextHandler;
import io.jettison.api.caesar.SuspendCycle;
import io.jettison.api.power.PowerController;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.power.SelectiveResume;
import io.jettison.api.sleep.SleepPolicy;
import io.jettison.api.wake.Need;
import io.jettison.caesar.internal.Caesar;
import io.jettison.energy.Ledger;
import io.jettison.memsrv.Memsrv.Serving;
import io.jettison.vm.Residence;
import io.jettison.vm.VmState;
import io.jettison.vm.VmStatus;
import io.jettison.wakeup.Pc;
import io.jettison.wakeup.internal.Pacing;
import io.jettison.wakeup.internal.WakeupService;
import io.jettison.wire.control.ControlMessage.Power;
import io.jettison.wire.wake.MemoryContext;
import io.jettison.wire.wake.WakePacketCodec;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A PC's day against the server's wake-up service, in virtual time: the VM "work" is away and
 * touches pages; a request to a PC that does not run is lost, until a fresh link comes; wake-ups
 * and notes may be lost on their way.
 */
final class Simulation implements Surroundings, AutoCloseable {
  static final Duration TRIP = Duration.ofNanos(100_000);
  static final Duration WAIT = Duration.ofSeconds(2);
  private static final Duration LINGER = Duration.ofMillis(500);
  private static final String SERVER = "server:7700";
  static final PowerProfile PROFILE =
      new PowerProfile(
          "custom",
          55.5,
          5.06,
          3,
          61.07,
          6.33,
          65.39,
          OptionalDouble.empty(),
          Optional.of(new SelectiveResume(1.49, 65.39, 1.68, 61.07)));

  final VirtualTime time = new VirtualTime();
  final SleepingPc machine = new SleepingPc(time);
  final Ledger ledger = new Ledger(time::nanos, 150.7);
  final List<Duration> gaps = new ArrayList<>();
  final List<String> notes = new ArrayList<>();
  final TreeMap<Long, Long> waiting = new TreeMap<>();
  final Guard guard = new Guard(Duration.ofSeconds(5));
  final Day day;
  VmState vm = VmState.REMOTE;
  Optional<Residence> residence = Optional.empty();
  int fetchedHome;
  boolean serverHears = true;
  Runnable onNote = () -> {};
  Optional<Named<PowerController>> controller =
      Optional.of(new Named<>(machine, "power controller", "simulated"));
  Optional<Named<SleepPolicy>> policy =
      Optional.of(new Named<>(profile -> new Fixed(), "sleep policy", "fixed"));
  List<Named<ActivitySource>> sources = List.of();
  long longest;
  int served;
  int relinks;

  private final Random random;
  private final int losses;
  private final WakeupService wakeup;
  private final Pc pc;
  private final Caesar caesar;
  private long lastRequest = time.nanos();

  private final class Fixed implements SleepPolicy.Session {
    @Override
    public void request(Duration sinceLast) {
      gaps.add(sinceLast);
    }

    @Override
    public Duration waitTimer() {
      return WAIT;
    }
  }

  /**
   * With its chances.
   *
   * @param losses of wake-ups and notes, one in so many is lost; 0: none
   */
  Simulation(Path folder, long seed, int losses) {
    random = new Random(seed);
    this.losses = losses;
    Pacing pacing =
        new Pacing(
            Duration.ZERO,
            Duration.ofMillis(250),
            Duration.ofSeconds(1),
            Duration.ofMillis(500),
            Duration.ofSeconds(20),
            Duration.ofSeconds(15),
            Duration.ofHours(3));
    wakeup =
        new WakeupService(
            pacing, time, folder.resolve("none"), folder.resolve("pcs" + seed), () -> {});
    wakeup.addWaker(
        (target, context) -> {
          ByteBuffer packet = WakePacketCodec.encode(target, context);
          if (!lost()) {
            time.after(TRIP, () -> machine.hear(packet));
          }
          return Outcome.done();
        });
    pc = wakeup.pc("pc1");
    pc.met(InetAddress.getLoopbackAddress(), OptionalLong.of(2));
    caesar = new Caesar(Duration.ofSeconds(20));
    caesar.addHandler(new PageHandler(), Map.of(ContextHandler.CONTEXT_ID, MemoryContext.ID));
    day =
        new Day(
            new Settings("pc1", "simulated", Duration.ofSeconds(60), Duration.ofHours(1), true),
            this,
            new Books(ledger, "pc1"),
            this::tell,
            guard,
            new Sleeper(Duration.ofSeconds(5), 5),
            time::nanos);
  }

  private boolean lost() {
    return losses > 0 && random.nextInt(losses) == 0;
  }

  /** As caesar.memory does it. */
  private final class PageHandler implements ContextHandler {
    @Override
    public void presuspend() {}

    @Override
    public After resume(ByteBuffer arguments) {
      answer(arguments.getLong());
      lastRequest = time.nanos();
      served().forEach(Serving::relink);
      time.pass(LINGER);
      return time.nanos() - lastRequest >= LINGER.toNanos() - 3 * TRIP.toNanos()
          ? After.RESUSPEND
          : After.FULL_RESUME;
    }

    @Override
    public void resuspend() {}

    @Override
    public void postsuspend() {}
  }

  private boolean tell(String server, Power power) {
    notes.add(power + " to " + server);
    if (!serverHears || lost()) {
      time.pass(Duration.ofSeconds(1));
      return false;
    }
    time.pass(TRIP);
    if (power == Power.SUSPENDING) {
      pc.suspending();
    } else {
      pc.awake();
    }
    onNote.run();
    time.pass(TRIP);
    return true;
  }

  /** The day goes on. */
  void live(Duration duration) {
    long end = time.nanos() + duration.toNanos();
    while (time.nanos() < end) {
      Duration pause = day.round();
      time.pass(pause);
    }
  }

  /** The VM touches a page. */
  void fault(long pfn) {
    waiting.put(pfn, time.nanos());
    request(pfn);
  }

  private void request(long pfn) {
    if (pc.believedAwake()) {
      pc.touched();
    } else {
      pc.needed(new Need(Need.Kind.PAGE, "work", pfn), Optional.of(MemoryContext.of("work", pfn)));
    }
    time.after(
        TRIP,
        () -> {
          if (machine.isRunning()) {
            lastRequest = time.nanos();
            answer(pfn);
          }
        });
  }

  private void answer(long pfn) {
    time.after(
        TRIP,
        () -> {
          pc.answered(Need.Kind.PAGE, "work", pfn);
          Long since = waiting.remove(pfn);
          if (since != null) {
            served++;
            longest = Math.max(longest, time.nanos() - since);
          }
        });
  }

  private final class Work implements Serving {
    @Override
    public void begin() {}

    @Override
    public long pagesSent() {
      return served;
    }

    @Override
    public long bytesSent() {
      return 0;
    }

    @Override
    public long lastRequestNanos() {
      return lastRequest;
    }

    @Override
    public boolean linked() {
      return true;
    }

    @Override
    public String vm() {
      return "work";
    }

    @Override
    public boolean push(long pfn) {
      return false;
    }

    @Override
    public CompletionStage<Void> relink() {
      relinks++;
      time.after(
          TRIP,
          () -> {
            pc.met(InetAddress.getLoopbackAddress(), OptionalLong.of(2));
            List.copyOf(waiting.keySet()).forEach(Simulation.this::request);
          });
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
  }

  // --- Surroundings

  @Override
  public Outcome<PowerProfile> profile() {
    return Outcome.done(PROFILE);
  }

  @Override
  public List<VmStatus> vms() {
    return List.of(
        new VmStatus(
            "work",
            "emulator",
            vm,
            3,
            vm == VmState.REMOTE ? SERVER : "",
            1000,
            0,
            Optional.empty(),
            "",
            Optional.empty(),
            residence));
  }

  @Override
  public List<Serving> served() {
    return List.of(new Work());
  }

  @Override
  public void fetchHome() {
    fetchedHome++;
  }

  @Override
  public List<Named<ActivitySource>> sources() {
    return sources;
  }

  @Override
  public Optional<Named<SleepPolicy>> policy() {
    return policy;
  }

  @Override
  public Optional<Named<PowerController>> controller() {
    return controller;
  }

  @Override
  public Optional<SuspendCycle> cycle() {
    return Optional.of(caesar);
  }

  @Override
  public void close() {
    wakeup.close();
    guard.close();
  }
}
