package io.jettison.energy;

import io.jettison.api.power.EnergyMeter;
import io.jettison.api.power.PowerProfile;
import io.jettison.energy.internal.BootClock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Integrates what PCs draw over what they do (Bila et al. 2015, §5.2, Eq. (2)). The meter {@code
 * model} is its sum over all PCs. A service; also made by whoever has a clock of his own, such as a
 * simulator. Thread-safe.
 *
 * <p>Power is constant between two transitions, so nothing is sampled: the integral is exact up to
 * rounding, at any moment it is asked for, and never falls.
 *
 * <p>While VMs of a PC are away, what the PC uses and what idling would have cost is shared equally
 * among them: the PC is kept awake by their user's absence alone, and woken by any. A VM that comes
 * home ends its share, the others carry on with larger ones. What the server uses is shared equally
 * among all VMs it has; with none it is nobody's.
 *
 * <p>As a component it is immediate: one that is made when asked for would lose its books when the
 * last who asked lets go.
 */
@Component(
    immediate = true,
    configurationPid = "io.jettison.energy",
    service = {Ledger.class, EnergyMeter.class},
    property = EnergyMeter.NAME + "=model")
@Designate(ocd = Ledger.Config.class)
public final class Ledger implements EnergyMeter {
  private static final double NANOS = 1e9;

  /** Transitions that are remembered. */
  private static final int REMEMBERED = 10_000;

  /** Section [energy]. */
  @ObjectClassDefinition(name = "Energy")
  public @interface Config {
    /** What the server draws. */
    @AttributeDefinition(
        name = "server.watts",
        min = "0",
        description =
            "watts of the consolidation server, shared among its VMs; the paper's server idles at"
                + " 150.70, a small one at 10")
    double server_watts() default 150.70;
  }

  /** A PC's books. */
  private static final class Pc {
    private PowerProfile profile;
    private PcState state = PcState.AWAKE;
    private Account whole = Account.NONE;
    private Account consolidated = Account.NONE;
    private long wakes;
    private long since;
    private int away;

    Pc(PowerProfile profile, long since) {
      this.profile = profile;
      this.since = since;
    }
  }

  /** A VM's books. */
  private static final class Vm {
    private Optional<Pc> away = Optional.empty();
    private Account account = Account.NONE;
  }

  private final LongSupplier clock;
  private final Map<String, Pc> pcs = new LinkedHashMap<>();
  private final Map<String, Vm> vms = new LinkedHashMap<>();
  private final Deque<Transition> transitions = new ArrayDeque<>();
  private final PriorityQueue<Transition> planned =
      new PriorityQueue<>(Comparator.comparingLong(Transition::nanos));
  private double serverWatts;
  private int elsewhere;
  private long now;

  /** From the configuration, by the time since boot. */
  @Activate
  public Ledger(Config config) {
    this(BootClock.system(), config.server_watts());
  }

  /**
   * With a clock.
   *
   * @param clock nanoseconds from an arbitrary moment; goes on while the PC sleeps
   * @param serverWatts what the consolidation server draws
   */
  public Ledger(LongSupplier clock, double serverWatts) {
    this.clock = clock;
    this.serverWatts = serverWatts;
    this.now = clock.getAsLong();
  }

  /** Takes over a changed configuration; what is in the books stays. */
  @Modified
  public synchronized void configure(Config config) {
    integrate();
    serverWatts = config.server_watts();
  }

  /** Begins the books of a PC, which is awake; or gives a known one another profile from now on. */
  public synchronized void open(String pc, PowerProfile profile) {
    integrate();
    pcs.computeIfAbsent(pc, name -> new Pc(profile, now)).profile = profile;
  }

  /**
   * A PC does something else from now on.
   *
   * @param reason one line, for people
   * @throws IllegalArgumentException if it has no books
   */
  public synchronized void enter(String pc, PcState state, String reason) {
    enter(pc, state, now(), reason);
  }

  /**
   * A PC does something else from that moment on, which it cannot say at the time since it sleeps.
   * A moment to come is dropped if the PC enters something else before. One that has passed counts
   * from the PC's last transition on at the earliest; what was counted meanwhile is made up for if
   * it was too little, and left if it was too much, so that no account ever falls.
   *
   * @param atNanos by this ledger's clock
   * @param reason one line, for people
   * @throws IllegalArgumentException if it has no books
   */
  public synchronized void enter(String pc, PcState state, long atNanos, String reason) {
    Pc books = books(pc);
    integrate();
    if (atNanos > now) {
      planned.add(new Transition(atNanos, pc, state, reason));
      return;
    }
    planned.removeIf(transition -> transition.pc().equals(pc));
    long at = Math.max(atNanos, books.since);
    double more = state.watts(books.profile) - books.state.watts(books.profile);
    makeUp(books, Math.max(0, more * (now - at) / NANOS));
    happened(new Transition(at, pc, state, reason));
  }

  private void makeUp(Pc pc, double joules) {
    pc.whole = pc.whole.plus(new Account(0, joules, 0, 0));
    if (pc.away > 0) {
      pc.consolidated = pc.consolidated.plus(new Account(0, joules, 0, 0));
    }
    for (Vm vm : vms.values()) {
      if (vm.away.isPresent() && vm.away.get() == pc) {
        vm.account = vm.account.plus(new Account(0, joules / pc.away, 0, 0));
      }
    }
  }

  private void happened(Transition transition) {
    Pc books = books(transition.pc());
    if (transition.state().wakes() && !books.state.wakes()) {
      books.wakes++;
    }
    books.state = transition.state();
    books.since = transition.nanos();
    if (transitions.size() == REMEMBERED) {
      transitions.removeFirst();
    }
    transitions.addLast(transition);
  }

  /** This moment by the ledger's clock, in nanoseconds; goes on while the PC sleeps. */
  public synchronized long now() {
    integrate();
    return now;
  }

  /**
   * A VM of a PC runs on the server from now on. Nothing happens if it does already.
   *
   * @throws IllegalArgumentException if the PC has no books
   */
  public synchronized void away(String pc, String vm) {
    Pc books = books(pc);
    integrate();
    Vm guest = vms.computeIfAbsent(vm, name -> new Vm());
    if (guest.away.isEmpty()) {
      guest.away = Optional.of(books);
      books.away++;
    }
  }

  /** A VM does not run on the server any more. Nothing happens if it did not. */
  public synchronized void home(String vm) {
    integrate();
    Vm guest = vms.get(vm);
    if (guest != null && guest.away.isPresent()) {
      guest.away.get().away--;
      guest.away = Optional.empty();
    }
  }

  /** How many VMs the server has from now on of PCs that have no books here. */
  public synchronized void elsewhere(int count) {
    integrate();
    elsewhere = count;
  }

  /** What a PC is taken to draw; empty if it has no books. */
  public synchronized Optional<PowerProfile> profile(String pc) {
    return Optional.ofNullable(pcs.get(pc)).map(books -> books.profile);
  }

  /** All of a PC's time since its books began; the server is not in it. */
  public synchronized Optional<Account> pc(String pc) {
    integrate();
    return Optional.ofNullable(pcs.get(pc)).map(books -> books.whole);
  }

  /** A PC's time while at least one of its VMs was away. */
  public synchronized Optional<Account> consolidated(String pc) {
    integrate();
    return Optional.ofNullable(pcs.get(pc)).map(books -> books.consolidated);
  }

  /** A VM's share over all its time away. */
  public synchronized Optional<Account> vm(String vm) {
    integrate();
    return Optional.ofNullable(vms.get(vm)).map(guest -> guest.account);
  }

  /** The PCs that have books. */
  public synchronized List<String> pcs() {
    return List.copyOf(pcs.keySet());
  }

  /** The VMs that are or were away. */
  public synchronized List<String> vms() {
    return List.copyOf(vms.keySet());
  }

  /** How often a PC was woken; 0 if it has no books. */
  public synchronized long wakes(String pc) {
    Pc books = pcs.get(pc);
    return books == null ? 0 : books.wakes;
  }

  /** The last transitions of all PCs, oldest first. */
  public synchronized List<Transition> transitions() {
    return new ArrayList<>(transitions);
  }

  /** What all PCs used. */
  @Override
  public synchronized double joules() {
    integrate();
    return pcs.values().stream().mapToDouble(books -> books.whole.joules()).sum();
  }

  private Pc books(String pc) {
    Pc books = pcs.get(pc);
    if (books == null) {
      throw new IllegalArgumentException("no books are kept of the PC " + pc + ": open them first");
    }
    return books;
  }

  /** Brings all books up to now. A clock that went back stands still until it has caught up. */
  private void integrate() {
    long until = Math.max(now, clock.getAsLong());
    for (Transition next = planned.peek();
        next != null && next.nanos() <= until;
        next = planned.peek()) {
      integrate(next.nanos());
      planned.remove();
      happened(next);
    }
    integrate(until);
  }

  private void integrate(long until) {
    long then = now;
    now = until;
    double seconds = (now - then) / NANOS;
    if (seconds == 0) {
      return;
    }
    int served = elsewhere + pcs.values().stream().mapToInt(books -> books.away).sum();
    double serverShare = served == 0 ? 0 : serverWatts * seconds / served;
    for (Pc pc : pcs.values()) {
      pc.whole = pc.whole.plus(share(pc, seconds, 1, 0));
      if (pc.away > 0) {
        pc.consolidated = pc.consolidated.plus(share(pc, seconds, 1, serverShare * pc.away));
      }
    }
    for (Vm vm : vms.values()) {
      if (vm.away.isPresent()) {
        Pc pc = vm.away.get();
        vm.account = vm.account.plus(share(pc, seconds, pc.away, serverShare));
      }
    }
  }

  private static Account share(Pc pc, double seconds, int among, double serverJoules) {
    return new Account(
        seconds,
        pc.state.watts(pc.profile) * seconds / among,
        pc.profile.idleWatts() * seconds / among,
        serverJoules);
  }
}
