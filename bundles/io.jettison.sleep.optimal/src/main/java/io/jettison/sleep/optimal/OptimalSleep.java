package io.jettison.sleep.optimal;

import io.jettison.api.power.PowerProfile;
import io.jettison.api.sleep.SleepPolicy;
import io.jettison.sleep.gaps.GapCost;
import io.jettison.sleep.gaps.GapHistogram;
import io.jettison.sleep.gaps.Learned;
import io.jettison.sleep.gaps.Seconds;
import io.jettison.sleep.gaps.Waste;
import io.jettison.sleep.gaps.Waste.Form;
import java.time.Duration;
import java.util.Locale;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/**
 * Waits the time that wastes least by Bila et al. 2015, §5.2, Eq. (4), on the gaps seen so far on
 * this host. As in the paper nothing bounds what it costs when the gaps are others than before.
 */
@Component(
    immediate = true,
    configurationPid = "io.jettison.sleep.optimal",
    property = SleepPolicy.NAME + "=optimal")
@Designate(ocd = OptimalSleep.Config.class)
public final class OptimalSleep implements SleepPolicy {
  /** Section [sleep.optimal]. */
  @ObjectClassDefinition(name = "Sleep by the paper's Eq. (4)")
  public @interface Config {
    /** What is wasted. */
    @AttributeDefinition(
        description =
            "what a sleep that is too short is taken to waste: gross, all of suspend and resume, as"
                + " in the paper; net, less what idling meanwhile would have cost",
        options = {@Option("gross"), @Option("net")})
    String form() default "gross";

    /** Gaps before it trusts them. */
    @AttributeDefinition(
        min = "1",
        description = "gaps to see before they are trusted; until then it waits t_b")
    int samples() default 100;

    /** Gaps it remembers. */
    @AttributeDefinition(
        min = "2",
        description = "gaps it remembers; when there are more, all before count half")
    int memory() default 100_000;
  }

  private final Form form;
  private final int samples;
  private final GapHistogram seen;

  /** From the configuration. */
  @Activate
  public OptimalSleep(Config config) {
    this(Form.valueOf(config.form().toUpperCase(Locale.ROOT)), config.samples(), config.memory());
  }

  OptimalSleep(Form form, int samples, int memory) {
    this.form = form;
    this.samples = samples;
    this.seen = new GapHistogram(memory);
  }

  @Override
  public Session open(PowerProfile profile) {
    double unsure = new GapCost(profile).boundedTimer();
    Learned learned = new Learned(seen, new Waste(profile, form)::timer);
    return new Session() {
      @Override
      public void request(Duration sinceLast) {
        learned.add(Seconds.of(sinceLast));
      }

      @Override
      public Duration waitTimer() {
        return Seconds.duration(seen.added() < samples ? unsure : learned.timer());
      }
    };
  }
}
