package io.jettison.pc.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.activity.ActivitySource;
import io.jettison.api.caesar.ContextHandler.After;
import io.jettison.api.caesar.SuspendCycle;
import io.jettison.api.caesar.SuspendCycle.Decision;
import io.jettison.api.power.PcDay;
import io.jettison.api.power.PowerController;
import io.jettison.api.power.PowerController.WakeReason;
import io.jettison.api.power.PowerController.Waking;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.sleep.SleepPolicy;
import io.jettison.memsrv.Memsrv.Serving;
import io.jettison.vm.Residence;
import io.jettison.vm.VmState;
import io.jettison.vm.VmStatus;
import io.jettison.wire.control.ControlMessage.Power;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The day of a PC; see the package's description. Goes on in {@linkplain #round rounds}, all on one
 * thread but {@link #status} and {@link #stop}; a controller may ask from any, while that one waits
 * for it.
 */
final class Day implements PcDay {
  private static final Logger LOG = LoggerFactory.getLogger(Day.class);

  /** How often it is looked whether anything but the wait timer keeps the PC awake. */
  private static final Duration LOOK = Duration.ofMillis(500);

  /** How often it is looked whether something was asked. */
  private static final Duration POLL = Duration.ofMillis(20);

  /** How long after a refusal the controller is asked again. */
  private static final Duration REFUSED = Duration.ofSeconds(60);

  /** How long after it could not be told a server is told again. */
  private static final Duration RETELL = Duration.ofSeconds(5);

  /** Longest wait timer: as good as for ever. */
  private static final Duration LONGEST = Duration.ofDays(365);

  private static final double MILLIS = 1000;

  /** The wait timer runs. */
  private static final class Wait {
    private final Named<SleepPolicy> policy;
    private final SleepPolicy.Session session;
    private final PowerProfile profile;
    private Duration timer = Duration.ZERO;
    private long since;

    /** How long the next request had to wait for a resume. */
    private Duration resume = Duration.ZERO;

    Wait(Named<SleepPolicy> policy, SleepPolicy.Session session, PowerProfile profile) {
      this.policy = policy;
      this.session = session;
      this.profile = profile;
    }
  }

  private final Settings settings;
  private final Surroundings around;
  private final Books books;
  private final Servers servers;
  private final Guard guard;
  private final Sleeper sleeper;
  private final LongSupplier nanos;
  private final Requests requests;

  /** What servers were told last, if they heard it. */
  private final Map<String, Power> told = new HashMap<>();

  private @Nullable Wait wait;
  private Optional<Long> lookedAt = Optional.empty();
  private Optional<Long> userAt = Optional.empty();
  private Optional<Long> refusedAt = Optional.empty();
  private Optional<Long> untoldAt = Optional.empty();

  /** VMs that were parked when it last slept: it sleeps at once only when that is news. */
  private Set<String> sleptParked = Set.of();

  private Set<String> parked = Set.of();
  private Optional<Duration> latest = Optional.empty();
  private String refusal = "";
  private volatile boolean stopped;
  private volatile Status status;

  /**
   * Begins with a PC that is awake.
   *
   * @param nanos {@link System#nanoTime} or what takes its place
   */
  Day(
      Settings settings,
      Surroundings around,
      Books books,
      Servers servers,
      Guard guard,
      Sleeper sleeper,
      LongSupplier nanos) {
    this.settings = settings;
    this.around = around;
    this.books = books;
    this.servers = servers;
    this.guard = guard;
    this.sleeper = sleeper;
    this.nanos = nanos;
    this.requests = new Requests(nanos, books::now);
    this.status =
        new Status(
            settings.pc(),
            State.AWAKE,
            "it has just begun",
            Optional.empty(),
            "",
            "",
            Optional.empty());
  }

  @Override
  public Status status() {
    return status;
  }

  @Override
  public Outcome<PowerProfile> profile() {
    return around.profile();
  }

  /** From now on it is awake, whatever was begun. */
  void stop() {
    stopped = true;
  }

  private void now(State state, String why) {
    Wait waits = wait;
    status =
        new Status(
            settings.pc(),
            state,
            why,
            waits == null ? Optional.empty() : Optional.of(waits.timer),
            around.policy().map(Named::name).orElse(""),
            around.controller().map(Named::name).orElse(""),
            latest);
  }

  // --- awake

  /** Looks around, and sleeps if it is time to: then it returns after the wake. */
  Duration round() {
    long now = nanos.getAsLong();
    if (passed(lookedAt, LOOK, now)) {
      look(now);
    }
    Wait waits = wait;
    if (waits == null) {
      return LOOK;
    }
    listen(waits);
    boolean atOnce = !parked.isEmpty() && !parked.equals(sleptParked);
    long left = atOnce ? 0 : waits.since + waits.timer.toNanos() - nanos.getAsLong();
    if (left > 0) {
      return left < POLL.toNanos() ? Duration.ofNanos(left) : POLL;
    }
    long late = atOnce ? 0 : -left;
    look(now); // for the last time
    Optional<Named<PowerController>> controller = around.controller();
    if (wait == waits && controller.isPresent()) {
      latest =
          Optional.of(Duration.ofNanos(Math.max(late, latest.orElse(Duration.ZERO).toNanos())));
      sleep(waits, controller.get());
    }
    return Duration.ZERO;
  }

  private static boolean passed(Optional<Long> since, Duration time, long now) {
    return since.isEmpty() || now - since.get() >= time.toNanos();
  }

  private void look(long now) {
    lookedAt = Optional.of(now);
    List<VmStatus> vms = around.vms();
    Outcome<PowerProfile> known = around.profile();
    if (known instanceof Refused<PowerProfile> refused) {
      stay(refused.oneLine());
      return;
    }
    PowerProfile profile = known.orThrow();
    books.look(profile, vms);
    parked = parked(vms);
    if (untoldAt.isPresent() && passed(untoldAt, RETELL, now)) {
      tell(servers(vms), Power.AWAKE); // whatever keeps it awake: a server takes it for asleep
    }
    Optional<String> keeps = keeps(vms, now);
    if (keeps.isPresent()) {
      stay(keeps.get());
      return;
    }
    if (passed(untoldAt, RETELL, now)) {
      tell(servers(vms), Power.AWAKE);
    }
    around.policy().ifPresent(policy -> waitFor(policy, profile, now));
    if (wait != null) {
      now(State.AWAKE, "its wait timer runs");
    }
  }

  private void stay(String why) {
    wait = null;
    now(State.AWAKE, why);
  }

  /** What keeps the PC awake beside the wait timer. */
  private Optional<String> keeps(List<VmStatus> vms, long now) {
    if (settings.controller().isBlank()) {
      return Optional.of("no power controller is configured");
    }
    Optional<Named<PowerController>> controller = around.controller();
    if (controller.isEmpty()) {
      return Optional.of("there is no power controller " + settings.controller());
    }
    if (around.policy().isEmpty()) {
      return Optional.of("there is no sleep policy");
    }
    for (Named<?> needed : List.of(controller.get(), around.policy().get())) {
      if (needed.failed()) {
        return Optional.of("the " + needed + " failed");
      }
    }
    Optional<VmStatus> here =
        vms.stream()
            .filter(vm -> vm.state() != VmState.OFF && vm.state() != VmState.REMOTE)
            .findFirst();
    if (here.isPresent()) {
      String state = here.get().state().name().toLowerCase(Locale.ROOT);
      return Optional.of(here.get().name() + " is " + state);
    }
    if (servers(vms).isEmpty()) {
      return Optional.of("no VM is away");
    }
    if (!passed(refusedAt, REFUSED, now)) {
      return Optional.of("it could not sleep: " + refusal);
    }
    Optional<VmStatus> parking =
        vms.stream().filter(vm -> is(vm, Residence.State.PARKING)).findFirst();
    if (parking.isPresent()) {
      return Optional.of(parking.get().name() + " is being parked");
    }
    return user(vms, now);
  }

  private static Set<String> servers(List<VmStatus> vms) {
    Set<String> peers = new TreeSet<>();
    vms.stream().filter(vm -> vm.state() == VmState.REMOTE).forEach(vm -> peers.add(vm.peer()));
    return peers;
  }

  private static boolean is(VmStatus vm, Residence.State state) {
    return vm.residence().filter(how -> how.state() == state).isPresent();
  }

  /** Those that are away, if none of them needs this PC any more; with their epochs. */
  private static Set<String> parked(List<VmStatus> vms) {
    Set<String> parked = new TreeSet<>();
    for (VmStatus vm : vms) {
      if (vm.state() == VmState.REMOTE) {
        if (!is(vm, Residence.State.PARKED)) {
          return Set.of();
        }
        parked.add(vm.name() + " " + vm.epoch());
      }
    }
    return parked;
  }

  private Optional<String> user(List<VmStatus> vms, long now) {
    if (!passed(userAt, settings.user(), now)) {
      return Optional.of("a user woke it");
    }
    for (Named<ActivitySource> source : around.sources()) {
      Optional<Boolean> active = guard.ask(source, asked -> sees(asked, vms));
      if (active.isEmpty()) {
        return Optional.of("the " + source + " failed");
      }
      if (active.get()) {
        return Optional.of("the " + source + " sees a user");
      }
    }
    return Optional.empty();
  }

  private boolean sees(ActivitySource source, List<VmStatus> vms) {
    return vms.stream()
        .anyMatch(
            vm ->
                source
                    .idle(vm.name())
                    .filter(idle -> idle.compareTo(settings.user()) < 0)
                    .isPresent());
  }

  private void tell(Set<String> peers, Power power) {
    boolean all = true;
    for (String peer : peers) {
      if (told.get(peer) != power) {
        told.remove(peer);
        boolean heard = servers.tell(peer, power);
        if (heard) {
          told.put(peer, power);
        }
        all &= heard;
      }
    }
    untoldAt = all ? Optional.empty() : Optional.of(nanos.getAsLong());
  }

  /** Has the wait timer run, by this policy. */
  private void waitFor(Named<SleepPolicy> policy, PowerProfile profile, long now) {
    Wait waits = wait;
    if (waits != null && waits.policy == policy && waits.profile.equals(profile)) {
      return;
    }
    wait = null;
    Optional<SleepPolicy.Session> session = guard.ask(policy, asked -> asked.open(profile));
    if (session.isPresent()) {
      Wait begun = new Wait(policy, session.get(), profile);
      wait = begun;
      requests.begin(now);
      begun.since = now;
      ask(begun, Optional.empty());
    }
  }

  /** Asks the policy; one that fails means that the PC stays awake. */
  private void ask(Wait waits, Optional<Duration> gap) {
    Optional<Duration> timer =
        guard.ask(
            waits.policy,
            policy -> {
              gap.ifPresent(waits.session::request);
              return waits.session.waitTimer();
            });
    if (timer.isPresent()) {
      waits.timer = timer.get().compareTo(LONGEST) < 0 ? timer.get() : LONGEST;
    } else {
      stay("the " + waits.policy + " failed");
    }
  }

  /** A request resets the timer. */
  private void listen(Wait waits) {
    Optional<Duration> gap = requests.look(around.served(), waits.resume);
    if (gap.isPresent()) {
      waits.resume = Duration.ZERO;
      waits.since = requests.last();
      ask(waits, gap);
    }
  }

  // --- asleep

  private void sleep(Wait waits, Named<PowerController> controller) {
    Night night = new Night(waits);
    night.prepare();
    Set<String> peers = servers(around.vms());
    tell(peers, Power.SUSPENDING);
    Optional<String> late = late();
    Outcome<WakeReason> outcome =
        late.isPresent()
            ? Outcome.refused(late.get(), "it stays awake")
            : sleeper.sleep(controller, settings.alarm(), night.begin());
    night.end(outcome);
    // first: whoever waits for a page waits for this
    around.served().forEach(Day::relink);
    tell(peers, Power.AWAKE);
    woke(waits, night, outcome);
  }

  /** What came while servers were told that it does not stay awake. */
  private Optional<String> late() {
    return requests.newest(around.served()).isPresent()
        ? Optional.of("something was asked just then")
        : keeps(around.vms(), nanos.getAsLong());
  }

  private static void relink(Serving serving) {
    var unused = serving.relink();
  }

  private void woke(Wait waits, Night night, Outcome<WakeReason> outcome) {
    long now = nanos.getAsLong();
    waits.since = now;
    night.gaps.forEach(gap -> ask(waits, Optional.of(gap)));
    if (outcome instanceof Done<WakeReason> done) {
      if (done.value() == WakeReason.USER) {
        userAt = Optional.of(now);
        if (settings.home()) {
          around.fetchHome();
        }
      }
      if (done.value() == WakeReason.NETWORK) {
        waits.resume = seconds(waits.profile.resumeSeconds());
      }
      ask(waits, Optional.empty());
    } else if (outcome instanceof Refused<WakeReason> refused && night.begun) {
      if (!refused.oneLine().equals(refusal)) {
        LOG.warn("this PC cannot sleep: {}", refused.oneLine());
      }
      refusal = refused.oneLine();
      refusedAt = Optional.of(now);
    }
    lookedAt = Optional.empty();
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos(Math.round(seconds * 1e9));
  }

  /** One sleep, with as many wakes as it takes. */
  private final class Night implements Waking {
    private final Wait waits;
    private final List<Duration> gaps = new ArrayList<>();
    private String why = "";
    private boolean begun;
    private boolean over;

    /** {@link SuspendCycle#suspending} was said, and it was not said that all is resumed. */
    private boolean suspended;

    Night(Wait waits) {
      this.waits = waits;
    }

    /** While everything still runs. */
    void prepare() {
      suspended = true;
      try {
        around.cycle().ifPresent(SuspendCycle::suspending);
      } catch (RuntimeException | LinkageError e) {
        LOG.error("what resumes this PC selectively fails: it resumes in full", e);
      }
    }

    Night begin() {
      begun = true;
      why =
          parked.isEmpty() || parked.equals(sleptParked)
              ? String.format(
                  Locale.ROOT,
                  "nothing was asked for %.1f s (%s)",
                  waits.timer.toMillis() / MILLIS,
                  waits.policy)
              : "the server has all of " + String.join(", ", parked);
      sleptParked = parked;
      books.sleeps(why);
      now(State.SUSPENDING, why);
      return this;
    }

    @Override
    public synchronized boolean sleepsAgain(WakeReason reason, Optional<ByteBuffer> packet) {
      if (over || stopped) {
        return false;
      }
      long woke = nanos.getAsLong();
      requests.woke();
      List<Serving> served = around.served();
      String what = Wakes.words(reason, packet, served);
      if (packet.isPresent()) {
        books.resumedFor(what);
      }
      now(State.RESUMING, what);
      Decision decision = decide(reason, packet);
      why = what + ": " + decision.reason();
      if (decision.after() == After.RESUSPEND && !stopped) {
        note(woke);
        books.sleepsAgain(why);
        now(State.ASLEEP, why);
        return true;
      }
      if (packet.isPresent()) {
        books.resumesAll(why);
      }
      return false;
    }

    /** What was asked meanwhile is what the PC woke for: it waited for the resume. */
    private void note(long woke) {
      List<Serving> served = around.served();
      requests
          .newest(served)
          .ifPresent(
              came -> {
                Duration resume = seconds(waits.profile.selectively().resumeSeconds());
                Duration waited = resume.plusNanos(Math.max(0, came - woke));
                requests.look(served, waited).ifPresent(gaps::add);
              });
    }

    private Decision decide(WakeReason reason, Optional<ByteBuffer> packet) {
      try {
        Decision decision =
            around
                .cycle()
                .map(cycle -> cycle.woke(reason, packet))
                .orElse(new Decision(After.FULL_RESUME, "there is nothing to resume selectively"));
        suspended = decision.after() == After.RESUSPEND;
        return decision;
      } catch (RuntimeException | LinkageError e) {
        LOG.error("what resumes this PC selectively fails: it resumes in full", e);
        return new Decision(After.FULL_RESUME, "what decides about it failed");
      }
    }

    /** It is awake, however that came about. */
    synchronized void end(Outcome<WakeReason> outcome) {
      over = true;
      requests.woke();
      if (suspended) {
        Decision unused = decide(WakeReason.UNKNOWN, Optional.empty());
      }
      if (outcome instanceof Refused<WakeReason> refused) {
        why = refused.reason();
      }
      if (begun) {
        books.awake(why, outcome.isDone());
      }
      now(State.AWAKE, why);
    }
  }
}
