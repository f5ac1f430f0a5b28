package io.jettison.pc.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.Quantity;
import io.jettison.api.activity.ActivitySource;
import io.jettison.api.caesar.SuspendCycle;
import io.jettison.api.power.PcDay;
import io.jettison.api.power.PowerController;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.power.PowerProfiles;
import io.jettison.api.sleep.SleepPolicy;
import io.jettison.api.transport.Transport;
import io.jettison.energy.Ledger;
import io.jettison.memsrv.Memsrv;
import io.jettison.memsrv.Memsrv.Serving;
import io.jettison.vm.Stay;
import io.jettison.vm.VmHost;
import io.jettison.vm.VmHost.Progress;
import io.jettison.vm.VmState;
import io.jettison.vm.VmStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A PC's day in the framework: there while the page service and the ledger are. */
@Component(service = PcDay.class, immediate = true, configurationPid = "io.jettison.sleep")
@Designate(ocd = DayComponent.Config.class)
public final class DayComponent implements PcDay, Surroundings {
  private static final Logger LOG = LoggerFactory.getLogger(DayComponent.class);

  /** How long a policy may take to answer. */
  private static final Duration LIMIT = Duration.ofSeconds(2);

  /** How long a controller may take to let this PC sleep, or to ask what becomes of it. */
  private static final Duration ROUND = Duration.ofSeconds(1);

  private static final int ROUNDS = 60;

  /** After a round that failed. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private static final long STOP_MILLIS = 2_000;

  /** Section [sleep]. */
  @ObjectClassDefinition(name = "Sleep of this PC")
  public @interface Config {
    /** Power controller. */
    @AttributeDefinition(
        description = "name of the power controller that puts this PC to sleep; empty: it does not")
    String controller() default "";

    /** Sleep policy. */
    @AttributeDefinition(
        description =
            "name of the policy that sets how long this PC stays awake after a request; empty: the"
                + " one with the highest ranking")
    String policy() default "";

    /** Profile. */
    @AttributeDefinition(
        description =
            "name of the power profile this PC is reckoned with, a shipped one or your own")
    String profile() default "xps7100";

    /** Speed-up. */
    @AttributeDefinition(
        description =
            "by what all times of the profile are divided; for an emulated PC whose controller"
                + " divides them, too")
    double speedup() default 1;

    /** User. */
    @AttributeDefinition(description = "how long after the last sign of a user this PC may sleep")
    String user() default "60 s";

    /** Alarm. */
    @AttributeDefinition(
        description = "longest sleep: an alarm wakes this PC, should nothing else reach it")
    String alarm() default "1 h";

    /** Coming home. */
    @AttributeDefinition(
        description = "whether the VMs of this PC that are away come home when a user wakes it")
    boolean home() default true;
  }

  private final Memsrv memsrv;
  private final PowerProfiles profiles;
  private final String profile;
  private final double speedup;
  private final Choice<PowerController> controllers;
  private final Choice<SleepPolicy> policies;
  private final Choice<ActivitySource> activity;
  private final Guard guard = new Guard(LIMIT);
  private final Day day;
  private final Thread thread = new Thread(this::run, "jettison-pc");
  private final ExecutorService homecomings =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread fetching = new Thread(task, "jettison-homecoming");
            fetching.setDaemon(true);
            return fetching;
          });
  private volatile boolean stopped;

  @Reference(
      target = "(" + VmHost.SIDE + "=desktop)",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile @Nullable VmHost host;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile @Nullable SuspendCycle cycle;

  /**
   * In the framework.
   *
   * @throws io.jettison.api.RefusedException if a duration is none, or the speed-up
   */
  @Activate
  public DayComponent(
      Config config,
      @Reference DesktopName name,
      @Reference(policyOption = ReferencePolicyOption.GREEDY) Transport transport,
      @Reference Memsrv memsrv,
      @Reference Ledger ledger,
      @Reference PowerProfiles profiles) {
    this.memsrv = memsrv;
    this.profiles = profiles;
    this.profile = config.profile();
    this.speedup = config.speedup();
    if (!(speedup > 0)) {
      Outcome.refused("speedup is " + speedup, "make it more than 0 in [sleep]; 1 is a real PC")
          .orThrow();
    }
    String controller = config.controller();
    String policy = config.policy();
    controllers =
        new Choice<>(
            "power controller",
            PowerController.NAME,
            there -> !controller.isBlank() && there.equals(controller));
    policies =
        new Choice<>(
            "sleep policy", SleepPolicy.NAME, there -> policy.isBlank() || there.equals(policy));
    activity = new Choice<>("activity source", ActivitySource.NAME, there -> true);
    day =
        new Day(
            new Settings(
                name.name(),
                controller,
                Quantity.duration(config.user()).orThrow(),
                Quantity.duration(config.alarm()).orThrow(),
                config.home()),
            this,
            new Books(ledger, name.name()),
            new CalledServers(transport, name.name()),
            guard,
            new Sleeper(ROUND, ROUNDS),
            System::nanoTime);
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    while (!stopped) {
      Duration pause;
      try {
        pause = day.round();
      } catch (RuntimeException | LinkageError e) {
        LOG.error("this PC stays awake for now", e);
        pause = PAUSE;
      }
      if (!stopped) {
        LockSupport.parkNanos(this, pause.toNanos());
      }
    }
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addController(PowerController controller, Map<String, Object> properties) {
    controllers.add(controller, properties);
  }

  void removeController(PowerController controller) {
    controllers.remove(controller);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addPolicy(SleepPolicy policy, Map<String, Object> properties) {
    policies.add(policy, properties);
  }

  void removePolicy(SleepPolicy policy) {
    policies.remove(policy);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addSource(ActivitySource source, Map<String, Object> properties) {
    activity.add(source, properties);
  }

  void removeSource(ActivitySource source) {
    activity.remove(source);
  }

  @Override
  public Status status() {
    return day.status();
  }

  @Override
  public Outcome<PowerProfile> profile() {
    return profiles.profile(profile).then(real -> Outcome.done(real.spedUp(speedup)));
  }

  @Override
  public List<VmStatus> vms() {
    VmHost of = host;
    return of == null ? List.of() : of.vms();
  }

  @Override
  public void fetchHome() {
    for (VmStatus vm : vms()) {
      if (vm.state() == VmState.REMOTE) {
        homecomings.execute(() -> fetchHome(vm.name()));
      }
    }
  }

  private void fetchHome(String vm) {
    VmHost of = host;
    if (of != null && of.reintegrate(vm, Progress.NONE) instanceof Refused<Stay> refused) {
      LOG.warn("a user is back, and {} does not come home: {}", vm, refused.oneLine());
    }
  }

  @Override
  public List<Serving> served() {
    return memsrv.served();
  }

  @Override
  public List<Named<ActivitySource>> sources() {
    return activity.all();
  }

  @Override
  public Optional<Named<SleepPolicy>> policy() {
    return policies.chosen();
  }

  @Override
  public Optional<Named<PowerController>> controller() {
    return controllers.chosen();
  }

  @Override
  public Optional<SuspendCycle> cycle() {
    return Optional.ofNullable(cycle);
  }

  /** This PC stays awake from now on. */
  @Deactivate
  public void close() {
    stopped = true;
    day.stop();
    thread.interrupt();
    homecomings.shutdownNow();
    guard.close();
    try {
      thread.join(STOP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
