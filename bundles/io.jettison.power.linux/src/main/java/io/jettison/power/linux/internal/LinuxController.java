package io.jettison.power.linux.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.Quantity;
import io.jettison.api.power.Finding;
import io.jettison.api.power.PowerController;
import io.jettison.api.wake.SecureOn;
import io.jettison.power.linux.internal.Inhibitors.Blocking;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a PC with Linux to sleep. Thread-safe.
 *
 * <p>Linux has one sleep for all: the kernel wakes all devices, and then all processes but those in
 * frozen control groups. A selective resume is therefore one that leaves the user's session still.
 */
@Component(configurationPid = "io.jettison.power.linux", property = PowerController.NAME + "=linux")
@Designate(ocd = LinuxController.Config.class)
public final class LinuxController implements PowerController {
  private static final Logger LOG = LoggerFactory.getLogger(LinuxController.class);

  /** Section [power.linux]. */
  @ObjectClassDefinition(name = "Sleep of a PC with Linux")
  public @interface Config {
    /** Mode. */
    @AttributeDefinition(
        description = "how to sleep; auto: as the PC's firmware is made for",
        options = {
          @Option(label = "auto", value = "auto"),
          @Option(label = "deep", value = "deep"),
          @Option(label = "s2idle", value = "s2idle")
        })
    String mode() default SleepState.AUTO;

    /** Card. */
    @AttributeDefinition(
        description = "network card that wakes the PC; default: the only wired one with a link")
    String card() default "";

    /** SecureOn. */
    @AttributeDefinition(
        description =
            "SecureOn password wake packets must have, the same as in [pc] of the server; default:"
                + " none")
    String password() default "";

    /** Groups. */
    @AttributeDefinition(
        description =
            "control groups that stay frozen until the PC resumes in full, separated by commas")
    String freeze() default "user.slice";

    /** Devices without a driver. */
    @AttributeDefinition(
        description =
            "devices that have no driver until the PC resumes in full, such as pci/0000:01:00.0,"
                + " separated by commas")
    String unbind() default "";

    /** Devices that are suspended at run time. */
    @AttributeDefinition(
        description =
            "devices that the kernel may leave suspended until the PC resumes in full, such as"
                + " usb/1-3, separated by commas")
    String suspend() default "";

    /** Link. */
    @AttributeDefinition(
        min = "0",
        description =
            "Mb/s of the card's link until the PC resumes in full, without negotiation; the other"
                + " end must be set to the same; 0: as negotiated")
    int speed() default 0;

    /** Port. */
    @AttributeDefinition(description = "UDP port wake packets are sent to")
    int port() default 9;

    /** Time for a context. */
    @AttributeDefinition(
        description =
            "how long to wait after a wake for a packet that says what for; 0 s: not at all")
    String listen() default "1 s";
  }

  private final Kernel kernel;
  private final SleepState state;
  private final Alarm alarm;
  private final WakeSources sources;
  private final Cards cards;
  private final WakeOnLan wakeOnLan;
  private final Outcome<Optional<SecureOn>> password;
  private final Inhibitors inhibitors;
  private final Session session;
  private final Devices devices;
  private final Stillness stillness;
  private final Link link;
  private final int speed;
  private final int port;
  private final Duration listen;

  /**
   * From the configuration.
   *
   * @throws io.jettison.api.RefusedException if {@code listen} is no duration
   */
  @Activate
  public LinuxController(Config config) {
    this(config, new Kernel(Path.of("/")), new Ethtool(), Tool::process);
  }

  <N extends WakeOnLan & Link> LinuxController(Config config, Kernel kernel, N network, Tool tool) {
    this.kernel = kernel;
    this.state = new SleepState(kernel, config.mode());
    this.alarm = new Alarm(kernel);
    this.sources = new WakeSources(kernel);
    this.cards = new Cards(kernel, config.card());
    this.wakeOnLan = network;
    this.link = network;
    this.speed = config.speed();
    this.password =
        config.password().isBlank()
            ? Outcome.done(Optional.empty())
            : SecureOn.parse(config.password()).then(given -> Outcome.done(Optional.of(given)));
    this.inhibitors = new Inhibitors(tool);
    this.session = new Session(kernel, config.freeze());
    this.devices = new Devices(kernel, config.unbind(), config.suspend());
    this.stillness = new Stillness(kernel);
    this.port = config.port();
    this.listen = Quantity.duration(config.listen()).orThrow();
  }

  @Override
  public Outcome<String> check() {
    for (Finding finding : findings()) {
      if (finding.state() == Finding.State.MISSING) {
        return Outcome.refused(finding.text(), finding.remedy().orElse(""));
      }
    }
    return state
        .mode()
        .then(
            mode ->
                cards
                    .card()
                    .then(card -> Outcome.done("sleeps by " + mode + ", is woken by " + card)));
  }

  @Override
  public List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    findings.add(
        of("machine", machine().then(nothing -> Outcome.done("this host is the whole machine"))));
    findings.add(sleepFinding());
    findings.add(of("rights", rights().then(nothing -> Outcome.done("may put the PC to sleep"))));
    findings.add(of("network card", cards.card().then(this::describe)));
    findings.add(
        alarm.isThere()
            ? Finding.ok("alarm", "the real-time clock wakes the PC if nothing else does")
            : Finding.warning(
                "alarm",
                "there is no alarm clock that may be set",
                "run jettisond as root; without an alarm only the network and the user wake the PC"));
    findings.add(
        sources.isThere()
            ? Finding.ok("wake reason", "the kernel counts what its wake-up sources see")
            : Finding.warning(
                "wake reason",
                "the kernel does not tell what woke the PC",
                "needs Linux 5.4 or newer with CONFIG_PM_SLEEP; every wake resumes in full"));
    findings.add(sessionFinding());
    if (devices.isAsked()) {
      findings.add(deviceFinding());
    }
    findings.add(inhibitorFinding());
    return findings;
  }

  private static Finding of(String what, Outcome<String> outcome) {
    return outcome instanceof Refused<String> refused
        ? Finding.missing(what, refused.reason(), refused.remedy())
        : Finding.ok(what, outcome.orThrow());
  }

  private Finding sleepFinding() {
    return of(
        "sleep",
        state
            .mode()
            .then(
                mode -> {
                  List<String> others = state.others(mode);
                  return Outcome.done(
                      others.isEmpty()
                          ? mode
                          : mode + " (the PC has " + String.join(", ", others) + " as well)");
                }));
  }

  private Outcome<String> describe(String card) {
    return password.then(
        secret ->
            wakeOnLan
                .state(card)
                .then(
                    can ->
                        secret.isPresent() && !can.secure()
                            ? Outcome.refused(
                                "the network card " + card + " knows no SecureOn password",
                                "leave `password` in [power.linux] and in [pc] of the server empty")
                            : Outcome.done(
                                card
                                    + " wakes the PC by magic packet"
                                    + (secret.isPresent() ? " with a password" : "")
                                    + (can.magicOn() || can.secureOn()
                                        ? ""
                                        : ", once it is told to at the first sleep"))));
  }

  private Finding sessionFinding() {
    List<String> groups = session.groups();
    if (!groups.isEmpty()) {
      return Finding.ok("selective resume", "leaves " + String.join(", ", groups) + " frozen");
    }
    return Finding.warning(
        "selective resume",
        session.own().isEmpty()
            ? "no control group can be frozen"
            : "jettisond runs in " + String.join(", ", session.own()) + " itself",
        "run jettisond as root and as a system service, on a system with control groups version 2"
            + " alone; every process runs after every wake");
  }

  private Finding deviceFinding() {
    String card = cards.card() instanceof Done<String> done ? done.value() : "";
    List<String> troubles = devices.troubles(card);
    return troubles.isEmpty()
        ? Finding.ok(
            "devices",
            "leaves alone "
                + String.join(", ", devices.stills(card).stream().map(Still::what).toList()))
        : Finding.warning(
            "devices",
            String.join("; ", troubles),
            "mend `unbind` and `suspend` in [power.linux]; these devices are resumed each time");
  }

  private Finding inhibitorFinding() {
    Optional<List<Blocking>> blocking = inhibitors.blocking();
    if (blocking.isEmpty()) {
      return Finding.warning(
          "inhibitors",
          "logind does not answer: nobody else is asked before the PC sleeps",
          "needs systemd-logind and busctl");
    }
    return blocking.get().isEmpty()
        ? Finding.ok("inhibitors", "nobody keeps the PC awake")
        : Finding.warning("inhibitors", named(blocking.get()), "end these programs, or wait");
  }

  private static String named(List<Blocking> blocking) {
    return "kept awake by " + String.join("; ", blocking.stream().map(Blocking::toString).toList());
  }

  /** A container or a lab's host must not put the machine it runs on to sleep. */
  private Outcome<Nothing> machine() {
    Optional<String> own = kernel.link("proc/self/ns/net");
    Optional<String> first = kernel.link("proc/1/ns/net");
    return first.isPresent() && first.equals(own)
        ? Outcome.done()
        : Outcome.refused(
            first.isPresent()
                ? "this host is a network namespace on a machine that others use"
                : "this process may not see whether it runs in a container",
            "run jettisond as root and outside of containers; in a lab add a section [power.lab]");
  }

  private Outcome<Nothing> rights() {
    return state.isPermitted()
        ? Outcome.done()
        : Outcome.refused("this user may not put the PC to sleep", "run jettisond as root");
  }

  private Outcome<Nothing> uninhibited() {
    List<Blocking> blocking = inhibitors.blocking().orElse(List.of());
    return blocking.isEmpty()
        ? Outcome.done()
        : Outcome.refused(named(blocking), "end these programs, or wait");
  }

  @Override
  public Outcome<WakeReason> sleep(Duration atMost) {
    return sleep(atMost, (reason, packet) -> false);
  }

  @Override
  public synchronized Outcome<WakeReason> sleep(Duration atMost, Waking waking) {
    return machine()
        .then(nothing -> state.mode())
        .then(
            mode ->
                rights()
                    .then(nothing -> uninhibited())
                    .then(nothing -> cards.card())
                    .then(
                        card ->
                            password
                                .then(secret -> wakeOnLan.enable(card, secret))
                                .then(nothing -> sleep(mode, card, atMost, waking))));
  }

  private Outcome<WakeReason> sleep(String mode, String card, Duration atMost, Waking waking) {
    if (!cards.mayWake(card)) {
      LOG.warn("the kernel does not let {} wake the PC: its power/wakeup is disabled", card);
    }
    inhibitors.hold();
    Optional<Port> listener = open();
    Optional<Link.Before> before = pin(card);
    try {
      stillness.begin(stills(card));
      return rounds(mode, card, atMost, waking, listener);
    } catch (IOException e) {
      return Outcome.refused("the PC does not sleep: " + e.getMessage(), "look at `dmesg`");
    } finally {
      stillness.end();
      before.ifPresent(LinuxController::restore);
      listener.ifPresent(LinuxController::close);
    }
  }

  /**
   * Devices first: a driver may wait until programs let go of its device, which those of a frozen
   * session never do.
   */
  private List<Still> stills(String card) {
    List<Still> stills = new ArrayList<>(devices.stills(card));
    stills.addAll(session.stills());
    return stills;
  }

  private Optional<Link.Before> pin(String card) {
    if (speed == 0) {
      return Optional.empty();
    }
    Outcome<Link.Before> pinned = link.pin(card, speed);
    if (pinned instanceof Refused<Link.Before> refused) {
      LOG.warn("the link is negotiated at each wake: {}", refused.oneLine());
      return Optional.empty();
    }
    return Optional.of(pinned.orThrow());
  }

  private static void restore(Link.Before before) {
    if (before.restore() instanceof Refused<Nothing> refused) {
      LOG.error("the link stays as it was for the night: {}", refused.oneLine());
    }
  }

  private Outcome<WakeReason> rounds(
      String mode, String card, Duration atMost, Waking waking, Optional<Port> listener)
      throws IOException {
    while (true) {
      if (Thread.currentThread().isInterrupted()) {
        return Outcome.refused("somebody wants the PC to stay awake", "let it sleep later");
      }
      if (listener.isPresent()) {
        listener.get().drain();
      }
      WakeReason reason = once(mode, card, atMost);
      Map<String, Long> then = sources.counts();
      Optional<ByteBuffer> packet = packet(reason, card, listener);
      WakeReason told = packet.isPresent() ? WakeReason.NETWORK : reason;
      LOG.info("woke by {}{}", told, packet.isPresent() ? ", and knows what for" : "");
      if (!again(waking, told, packet)) {
        return Outcome.done(told);
      }
      if (sources.isTouched(then, card) && !again(waking, WakeReason.USER, Optional.empty())) {
        return Outcome.done(WakeReason.USER);
      }
    }
  }

  private WakeReason once(String mode, String card, Duration atMost) throws IOException {
    Map<String, Long> before = sources.counts();
    alarm.set(atMost);
    try {
      state.enter(mode);
      return sources.reason(before, card, alarm.isDue());
    } finally {
      alarm.restore();
    }
  }

  private Optional<ByteBuffer> packet(WakeReason reason, String card, Optional<Port> listener)
      throws IOException {
    boolean askable = reason == WakeReason.NETWORK || reason == WakeReason.UNKNOWN;
    if (!askable || listener.isEmpty() || cards.hardware(card).isEmpty()) {
      return Optional.empty();
    }
    return listener.get().packet(cards.hardware(card).getAsLong(), listen);
  }

  private static boolean again(Waking waking, WakeReason reason, Optional<ByteBuffer> packet) {
    try {
      return waking.sleepsAgain(reason, packet);
    } catch (RuntimeException e) {
      LOG.error("who decides whether the PC sleeps again failed: it resumes in full", e);
      return false;
    }
  }

  private Optional<Port> open() {
    if (listen.isZero()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Port(port));
    } catch (IOException e) {
      LOG.warn("every wake resumes in full: port {} cannot be had: {}", port, e.getMessage());
      return Optional.empty();
    }
  }

  private static void close(Port port) {
    try {
      port.close();
    } catch (IOException e) {
      LOG.debug("a port does not close", e);
    }
  }

  /** Ends. */
  @Deactivate
  public synchronized void close() {
    inhibitors.close();
  }
}
