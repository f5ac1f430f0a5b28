package io.jettison.sleep.fixed;

import io.jettison.api.Quantity;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.sleep.SleepPolicy;
import java.time.Duration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Waits the same time after every request, as the paper's deployment did (Bila et al. 2015, §7.2).
 */
@Component(
    configurationPid = "io.jettison.sleep.fixed",
    property = {SleepPolicy.NAME + "=fixed", "service.ranking:Integer=-10"})
@Designate(ocd = FixedSleep.Config.class)
public final class FixedSleep implements SleepPolicy {
  /** Section [sleep.fixed]. */
  @ObjectClassDefinition(name = "Sleep after a fixed time")
  public @interface Config {
    /** t_w. */
    @AttributeDefinition(
        description =
            "how long a PC stays awake after a request; the paper's is 6 s, with CAESAR 2 s")
    String after() default "6 s";
  }

  private final Duration timer;

  /**
   * From the configuration.
   *
   * @throws io.jettison.api.RefusedException if it is no duration
   */
  @Activate
  public FixedSleep(Config config) {
    timer = Quantity.duration(config.after()).orThrow();
  }

  @Override
  public Session open(PowerProfile profile) {
    return new Session() {
      @Override
      public void request(Duration sinceLast) {
        // whatever comes
      }

      @Override
      public Duration waitTimer() {
        return timer;
      }
    };
  }
}
