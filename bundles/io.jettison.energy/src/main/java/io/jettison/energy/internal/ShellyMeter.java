package io.jettison.energy.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Quantity;
import io.jettison.api.power.EnergyMeter;
import java.net.URI;
import java.time.Duration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** The meter {@code shelly}: a Shelly plug or relay that measures. */
@Component(
    immediate = true,
    configurationPid = "io.jettison.energy.shelly",
    configurationPolicy = ConfigurationPolicy.REQUIRE,
    property = EnergyMeter.NAME + "=shelly")
@Designate(ocd = ShellyMeter.Config.class, factory = true)
public final class ShellyMeter implements EnergyMeter {
  private static final double JOULES_PER_WATT_MINUTE = 60;
  private static final double JOULES_PER_WATT_HOUR = 3600;

  /** Section [energy.shelly] or [energy.shelly NAME]. */
  @ObjectClassDefinition(name = "Energy by a Shelly plug")
  public @interface Config {
    /** Name. */
    @AttributeDefinition(description = "the plug's name, where there are several")
    String name() default "";

    /** Address. */
    @AttributeDefinition(description = "the plug's host name or IP address")
    String address() default "";

    /** Generation. */
    @AttributeDefinition(
        description = "generation of the device; later ones speak as the second",
        options = {@Option("1"), @Option("2")})
    String generation() default "2";

    /** Channel. */
    @AttributeDefinition(min = "0", description = "which of its outputs")
    int channel() default 0;

    /** How often to ask. */
    @AttributeDefinition(description = "how often to ask it")
    String poll() default "10 s";

    /** How long to wait. */
    @AttributeDefinition(description = "how long to wait for its answer")
    String patience() default "5 s";
  }

  private final PolledMeter meter;

  /**
   * Begins to ask.
   *
   * @throws io.jettison.api.RefusedException if the configuration has no address, or no durations
   */
  @Activate
  public ShellyMeter(Config config) {
    meter =
        new PolledMeter(("shelly " + config.name()).strip(), counter(config).orThrow())
            .start(Quantity.duration(config.poll()).orThrow());
  }

  static Outcome<Counter> counter(Config config) {
    return Quantity.duration(config.patience())
        .then(
            patience ->
                config.generation().equals("1")
                    ? Plug.at(config.address(), "/status")
                        .then(uri -> Outcome.done(first(uri, config.channel(), patience)))
                    : Plug.at(config.address(), "/rpc/Switch.GetStatus?id=" + config.channel())
                        .then(uri -> Outcome.done(second(uri, patience))));
  }

  /** Watt-minutes since it had no power last. */
  private static Counter first(URI uri, int channel, Duration patience) {
    Plug plug = new Plug(uri, patience);
    return () -> plug.number("/meters/" + channel + "/total") * JOULES_PER_WATT_MINUTE;
  }

  /** Watt-hours, in steps of 3.6 J. */
  private static Counter second(URI uri, Duration patience) {
    Plug plug = new Plug(uri, patience);
    return () -> plug.number("/aenergy/total") * JOULES_PER_WATT_HOUR;
  }

  @Override
  public double joules() {
    return meter.joules();
  }

  /** Ends. */
  @Deactivate
  public void close() {
    meter.close();
  }
}
