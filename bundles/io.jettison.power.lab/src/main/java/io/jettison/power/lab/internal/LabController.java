package io.jettison.power.lab.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.power.PowerController;
import io.jettison.api.power.PowerProfiles;
import io.jettison.power.lab.internal.Keeper.Woke;
import io.jettison.wire.wake.HardwareAddress;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the emulated PC to sleep that this host is. Asleep, none of its processes runs, this one
 * included, and its cable carries nothing; times are those of a power profile. There only with a
 * section {@code [power.lab]}. Thread-safe.
 */
@Component(
    configurationPid = "io.jettison.power.lab",
    configurationPolicy = ConfigurationPolicy.REQUIRE,
    property = PowerController.NAME + "=lab")
@Designate(ocd = LabController.Config.class)
public final class LabController implements PowerController {
  private static final Logger LOG = LoggerFactory.getLogger(LabController.class);

  /** Section [power.lab]. */
  @ObjectClassDefinition(name = "Emulated PC of the lab")
  public @interface Config {
    /** Card. */
    @AttributeDefinition(
        description = "the interface that is the PC's cable; asleep, it carries nothing")
    String card() default "uplink";

    /** Address. */
    @AttributeDefinition(
        description =
            "hardware address the PC is woken by; default: that of the card (where that is a port"
                + " of a bridge, the PC is known by the bridge's)")
    String mac() default "";

    /** Profile. */
    @AttributeDefinition(description = "power profile whose times the PC takes")
    String profile() default "xps7100";

    /** Speed-up. */
    @AttributeDefinition(description = "by what all the PC's times are divided")
    double speedup() default 1;
  }

  private final Supplier<Outcome<Timing>> timing;
  private final Supplier<Outcome<Keeper>> starter;
  private final Path key;
  private @Nullable Keeper keeper;

  /** From the configuration. */
  @Activate
  public LabController(Config config, BundleContext context, @Reference PowerProfiles profiles) {
    this(
        () -> timing(profiles, config.profile(), config.speedup()),
        folder(context, "jettison.state", "/var/lib/jettison").resolve("native"),
        config.card(),
        config.mac(),
        folder(context, "jettison.run", "/run/jettison").resolve("power.key"));
  }

  /**
   * For a PC.
   *
   * @param key file in which to leave the process to which SIGUSR1 is a key pressed
   */
  LabController(
      Supplier<Outcome<Timing>> timing, Path programs, String card, String mac, Path key) {
    this.timing = timing;
    this.starter = () -> hardware(card, mac).then(address -> Keeper.start(programs, card, address));
    this.key = key;
  }

  private static Path folder(BundleContext context, String property, String fallback) {
    return Path.of(Optional.ofNullable(context.getProperty(property)).orElse(fallback));
  }

  private static Outcome<Timing> timing(PowerProfiles profiles, String name, double speedup) {
    if (!(speedup > 0)) {
      return Outcome.refused(
          "speedup is " + speedup, "make it more than 0 in [power.lab]; 1 is real time");
    }
    return profiles.profile(name).then(profile -> Outcome.done(Timing.of(profile, speedup)));
  }

  private static Outcome<Long> hardware(String card, String mac) {
    if (!mac.isBlank()) {
      return HardwareAddress.parse(mac);
    }
    try {
      NetworkInterface found = NetworkInterface.getByName(card);
      byte[] address = found == null ? null : found.getHardwareAddress();
      return address == null
          ? Outcome.refused(
              "there is no network card '" + card + "' here",
              "name one of `ip link` as `card` in [power.lab]")
          : Outcome.done(HardwareAddress.of(address));
    } catch (SocketException e) {
      return Outcome.refused(
          "the card " + card + " cannot be read: " + e.getMessage(), "give `mac` in [power.lab]");
    }
  }

  @Override
  public synchronized Outcome<String> check() {
    return timing
        .get()
        .then(
            times ->
                kept()
                    .then(
                        ready ->
                            Outcome.done(
                                "an emulated PC: sleeps after %d ms, wakes after %d ms, selectively"
                                        .formatted(
                                            times.suspend().toMillis(), times.full().toMillis())
                                    + " after %d ms, by magic packet, key (SIGUSR1 to %d) or alarm"
                                        .formatted(times.selective().toMillis(), ready.key()))));
  }

  @Override
  public Outcome<WakeReason> sleep(Duration atMost) {
    return sleep(atMost, (reason, packet) -> false);
  }

  /** {@inheritDoc} Times are the PC's, and so are divided by the speed-up. */
  @Override
  public synchronized Outcome<WakeReason> sleep(Duration atMost, Waking waking) {
    return timing
        .get()
        .then(times -> kept().then(ready -> sleep(ready, times, times.scaled(atMost), waking)));
  }

  private static Outcome<WakeReason> sleep(
      Keeper keeper, Timing times, Duration atMost, Waking waking) {
    Duration suspend = times.suspend();
    while (true) {
      if (Thread.currentThread().isInterrupted()) {
        return keeper
            .resume(Duration.ZERO)
            .then(
                nothing ->
                    Outcome.refused("somebody wants the PC to stay awake", "let it sleep later"));
      }
      Outcome<Woke> outcome = keeper.sleep(suspend, times.selective(), times.full(), atMost);
      if (!(outcome instanceof Done<Woke> done)) {
        return ((Refused<Woke>) outcome).as();
      }
      Woke woke = done.value();
      LOG.info("woke by {} after {} ms", woke.reason(), woke.asleep().toMillis());
      if (!again(waking, woke)) {
        Outcome<Nothing> resumed = keeper.resume(woke.selective() ? times.rest() : Duration.ZERO);
        return resumed.then(nothing -> Outcome.done(woke.reason()));
      }
      suspend = times.resuspend();
    }
  }

  private static boolean again(Waking waking, Woke woke) {
    try {
      return waking.sleepsAgain(woke.reason(), woke.packet());
    } catch (RuntimeException e) {
      LOG.error("who decides whether the PC sleeps again failed: it resumes in full", e);
      return false;
    }
  }

  /** The keeper, a new one if the last has ended. */
  private Outcome<Keeper> kept() {
    if (keeper != null && keeper.isAlive()) {
      return Outcome.done(keeper);
    }
    close();
    return starter
        .get()
        .then(
            started -> {
              keeper = started;
              announce(started);
              return Outcome.done(started);
            });
  }

  private void announce(Keeper started) {
    Path fresh = key.resolveSibling(key.getFileName() + ".new");
    try {
      Files.writeString(fresh, started.key() + "\n");
      Files.move(fresh, key, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn("nobody will know how to press a key", e);
    }
  }

  /** Ends; all of the PC runs then. */
  @Deactivate
  public synchronized void close() {
    if (keeper != null) {
      keeper.close();
      keeper = null;
    }
  }
}
