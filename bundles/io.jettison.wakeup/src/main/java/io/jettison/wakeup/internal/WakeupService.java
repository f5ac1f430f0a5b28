package io.jettison.wakeup.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.Quantity;
import io.jettison.api.wake.WakeListener;
import io.jettison.api.wake.Waker;
import io.jettison.api.wake.Waker.Context;
import io.jettison.api.wake.Waker.Target;
import io.jettison.wakeup.Pc;
import io.jettison.wakeup.PcStatus;
import io.jettison.wakeup.RemoteWakeup;
import io.jettison.wakeup.internal.PcAddress.Learned;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The PCs, the wakers and the listeners there are. */
@Component(service = RemoteWakeup.class, immediate = true, configurationPid = "io.jettison.wakeup")
@Designate(ocd = WakeupService.Config.class)
public final class WakeupService implements RemoteWakeup, Outside {
  private static final Logger LOG = LoggerFactory.getLogger(WakeupService.class);

  /** Section [wakeup]. */
  @ObjectClassDefinition(name = "Waking PCs")
  public @interface Config {
    /** t_w. */
    @AttributeDefinition(
        description =
            "how long after its last answer a PC is believed awake, unless it says; 0 s: until it"
                + " says that it sleeps")
    String timer() default "6 s";

    /** Patience. */
    @AttributeDefinition(
        description = "how long an answer may take before the PC is believed asleep")
    String patience() default "250 ms";

    /** Silence. */
    @AttributeDefinition(
        description = "how long requests may go unanswered before the PC is woken for that alone")
    String silence() default "1 s";

    /** Repeat. */
    @AttributeDefinition(description = "time between wake-ups at first")
    String repeat() default "500 ms";

    /** Eager. */
    @AttributeDefinition(
        description =
            "how long it stays at that, longer than a PC takes to fall asleep; then it doubles")
    String eager() default "20 s";

    /** Longest. */
    @AttributeDefinition(description = "longest time between wake-ups")
    String longest() default "15 s";

    /** Limit. */
    @AttributeDefinition(description = "how long wake-ups are sent to a PC that does not answer")
    String limit() default "3 h";
  }

  private final Map<String, SleepyPc> pcs = new ConcurrentHashMap<>();
  private final Map<String, PcSettings> configured = new ConcurrentHashMap<>();
  private final List<Waker> wakers = new CopyOnWriteArrayList<>();
  private final List<WakeListener> listeners = new CopyOnWriteArrayList<>();
  private final AtomicLong wakes = new AtomicLong();
  private final Pacing pacing;
  private final Timetable time;
  private final Neighbours neighbours;
  private final PcFile file;
  private final Map<String, Learned> known;
  private final Runnable stop;

  /** In the framework. */
  @Activate
  public WakeupService(BundleContext context, Config config) {
    this(
        new Pacing(
            duration(config.timer()),
            duration(config.patience()),
            duration(config.silence()),
            duration(config.repeat()),
            duration(config.eager()),
            duration(config.longest()),
            duration(config.limit())),
        new WallTime(),
        new Neighbours(Path.of("/proc/net/arp")),
        new PcFile(state(context).resolve("pcs")));
  }

  private WakeupService(Pacing pacing, WallTime time, Neighbours neighbours, PcFile file) {
    this(pacing, time, neighbours, file, time::close);
  }

  /**
   * With a clock.
   *
   * @param stop run once everything has been told
   */
  WakeupService(Pacing pacing, Timetable time, Neighbours neighbours, PcFile file, Runnable stop) {
    this.pacing = pacing;
    this.time = time;
    this.neighbours = neighbours;
    this.file = file;
    this.stop = stop;
    this.known = file.read();
    watch();
  }

  private static Duration duration(String text) {
    return Quantity.duration(text).orThrow();
  }

  private static Path state(BundleContext context) {
    String folder = context.getProperty("jettison.state");
    return Path.of(folder == null ? "/var/lib/jettison" : folder);
  }

  private void watch() {
    pcs.values().forEach(SleepyPc::watch);
    time.after(pacing.patience(), this::watch);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addWaker(Waker waker) {
    wakers.add(waker);
  }

  void removeWaker(Waker waker) {
    wakers.remove(waker);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addListener(WakeListener listener) {
    listeners.add(listener);
  }

  void removeListener(WakeListener listener) {
    listeners.remove(listener);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addSettings(PcSettings settings) {
    configured.put(settings.name(), settings);
    known(settings.name()).address().configure(settings.configured());
  }

  void removeSettings(PcSettings settings) {
    if (configured.remove(settings.name(), settings)) {
      known(settings.name()).address().configure(null);
    }
  }

  @Override
  public Pc pc(String name) {
    return known(name);
  }

  private SleepyPc known(String name) {
    return pcs.computeIfAbsent(
        name,
        fresh ->
            new SleepyPc(
                fresh,
                new PcAddress(
                    fresh, known.getOrDefault(fresh, Learned.NOTHING), neighbours, this::learned),
                pacing,
                time,
                this));
  }

  private void learned() {
    Map<String, Learned> all = new HashMap<>(known);
    pcs.forEach((name, pc) -> all.put(name, pc.address().learned()));
    file.write(all);
  }

  @Override
  public List<PcStatus> pcs() {
    return pcs.values().stream()
        .map(SleepyPc::status)
        .sorted(Comparator.comparing(PcStatus::name))
        .toList();
  }

  @Override
  public String send(Target target, Optional<Context> context) {
    String trouble = wakers.isEmpty() ? "there is no bundle that sends wake-ups" : "";
    boolean sent = false;
    for (Waker waker : wakers) {
      Outcome<Nothing> outcome = ask(waker, target, context);
      sent |= outcome.isDone();
      if (outcome instanceof Refused<Nothing> refused) {
        trouble = trouble.isEmpty() ? refused.oneLine() : trouble + "; " + refused.oneLine();
      }
    }
    return sent ? "" : trouble;
  }

  private static Outcome<Nothing> ask(Waker waker, Target target, Optional<Context> context) {
    try {
      return waker.wake(target, context);
    } catch (RuntimeException | LinkageError e) {
      LOG.debug("the waker {} failed", waker, e);
      return Outcome.refused(
          "the waker " + waker.getClass().getName() + " failed: " + e, "mend or remove its bundle");
    }
  }

  @Override
  public void tell(Consumer<WakeListener> event) {
    for (WakeListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException | LinkageError e) {
        LOG.error("the listener {} failed and misses a wake", listener, e);
      }
    }
  }

  @Override
  public long nextWake() {
    return wakes.incrementAndGet();
  }

  /** Ends all wakes. */
  @Deactivate
  public void close() {
    pcs.values().forEach(SleepyPc::stop);
    time.after(Duration.ZERO, stop); // after what is told of their ends
  }
}
