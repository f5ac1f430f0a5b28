package io.jettison.sleep.adaptive;

import io.jettison.api.power.Equations;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.sleep.SleepPolicy;
import io.jettison.sleep.gaps.GapCost;
import io.jettison.sleep.gaps.GapHistogram;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Waits the time that the gaps seen so far on this host would have cost least with, as long as it
 * can afford to be wrong; else as long as ski rental does. Never costs more than twice the offline
 * optimum, at the end of any gap of a session. The proof stands with {@code
 * io.jettison.sleep.gaps}.
 */
@Component(
    immediate = true,
    configurationPid = "io.jettison.sleep.adaptive",
    property = {SleepPolicy.NAME + "=adaptive", "service.ranking:Integer=5"})
@Designate(ocd = AdaptiveSleep.Config.class)
public final class AdaptiveSleep implements SleepPolicy {
  /** Section [sleep.adaptive]. */
  @ObjectClassDefinition(name = "Sleep by what was learned, within a bound")
  public @interface Config {
    /** Most credit. */
    @AttributeDefinition(
        min = "1",
        description =
            "how much it may lose on what it learned when the gaps become others, in cycles of"
                + " suspend and resume")
    int credit() default 10;

    /** Gaps it remembers. */
    @AttributeDefinition(
        min = "2",
        description = "gaps it remembers; when there are more, all before count half")
    int memory() default 100_000;
  }

  private final int credit;
  private final GapHistogram seen;

  /** From the configuration. */
  @Activate
  public AdaptiveSleep(Config config) {
    this(config.credit(), config.memory());
  }

  AdaptiveSleep(int credit, int memory) {
    this.credit = credit;
    this.seen = new GapHistogram(memory);
  }

  @Override
  public Session open(PowerProfile profile) {
    return new AdaptiveSession(new GapCost(profile), seen, credit * Equations.cycleJoules(profile));
  }
}
