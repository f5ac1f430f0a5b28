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

/** The meter {@code tasmota}: a plug with the Tasmota firmware that measures. */
@Component(
    immediate = true,
    configurationPid = "io.jettison.energy.tasmota",
    configurationPolicy = ConfigurationPolicy.REQUIRE,
    property = EnergyMeter.NAME + "=tasmota")
@Designate(ocd = TasmotaMeter.Config.class, factory = true)
public final class TasmotaMeter implements EnergyMeter {
  private static final double JOULES_PER_KILOWATT_HOUR = 3.6e6;

  /** Section [energy.tasmota] or [energy.tasmota NAME]. */
  @ObjectClassDefinition(name = "Energy by a Tasmota plug")
  public @interface Config {
    /** Name. */
    @AttributeDefinition(description = "the plug's name, where there are several")
    String name() default "";

    /** Address. */
    @AttributeDefinition(description = "the plug's host name or IP address")
    String address() default "";

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
  public TasmotaMeter(Config config) {
    meter =
        new PolledMeter(("tasmota " + config.name()).strip(), counter(config).orThrow())
            .start(Quantity.duration(config.poll()).orThrow());
  }

  static Outcome<Counter> counter(Config config) {
    return Quantity.duration(config.patience())
        .then(
            patience ->
                Plug.at(config.address(), "/cm?cmnd=Status%208")
                    .then(uri -> Outcome.done(total(uri, patience))));
  }

  /** Kilowatt-hours, in steps of 3 600 J unless the plug was told {@code EnergyRes 5}. */
  private static Counter total(URI uri, Duration patience) {
    Plug plug = new Plug(uri, patience);
    return () -> plug.number("/StatusSNS/ENERGY/Total") * JOULES_PER_KILOWATT_HOUR;
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
