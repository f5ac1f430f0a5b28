package io.jettison.energy.internal;

import io.jettison.api.Quantity;
import io.jettison.api.power.EnergyMeter;
import java.nio.file.Path;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The meter {@code rapl}: processors and memory alone, and only while the PC is awake. */
@Component(
    immediate = true,
    configurationPid = "io.jettison.energy.rapl",
    property = EnergyMeter.NAME + "=rapl")
@Designate(ocd = RaplMeter.Config.class)
public final class RaplMeter implements EnergyMeter {
  /** Section [energy.rapl]. */
  @ObjectClassDefinition(name = "Energy by RAPL")
  public @interface Config {
    /** Where the kernel shows the counters. */
    @AttributeDefinition(description = "folder of the kernel's power capping framework")
    String root() default "/sys/class/powercap";

    /** How often to look. */
    @AttributeDefinition(
        description = "how often to look; must be more often than counters wrap around")
    String poll() default "10 s";
  }

  private final PolledMeter meter;

  /**
   * Begins to look.
   *
   * @throws io.jettison.api.RefusedException if {@code poll} is no duration
   */
  @Activate
  public RaplMeter(Config config) {
    meter =
        new PolledMeter("rapl", new RaplCounter(Path.of(config.root()), System::nanoTime))
            .start(Quantity.duration(config.poll()).orThrow());
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
