package io.jettison.consolidation.idle.internal;

import io.jettison.api.Quantity;
import io.jettison.api.consolidation.ConsolidationPolicy;
import java.time.Duration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * A VM goes when it was idle, and at home, for {@code idle}; for the last {@code warning} before
 * that its user is warned. After each failure in a row it waits twice as long, up to an hour.
 */
@Component(
    configurationPid = "io.jettison.consolidation.idle",
    property = ConsolidationPolicy.NAME + "=idle")
@Designate(ocd = IdlePolicy.Config.class)
public final class IdlePolicy implements ConsolidationPolicy {
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final int MOST_DOUBLINGS = 30;

  /** Section [consolidation.idle]. */
  @ObjectClassDefinition(name = "Consolidation of idle VMs")
  public @interface Config {
    /** How long a VM must be idle. */
    @AttributeDefinition(description = "how long a VM must be idle before it goes")
    String idle() default "15 s";

    /** How long before that the user is warned. */
    @AttributeDefinition(description = "how long before it goes its user is warned")
    String warning() default "5 s";
  }

  private final Duration idle;
  private final Duration warning;

  /**
   * From the configuration.
   *
   * @throws io.jettison.api.RefusedException if it is not durations
   */
  @Activate
  public IdlePolicy(Config config) {
    this(Quantity.duration(config.idle()).orThrow(), Quantity.duration(config.warning()).orThrow());
  }

  IdlePolicy(Duration idle, Duration warning) {
    this.idle = idle;
    this.warning = warning;
  }

  @Override
  public Verdict judge(Situation situation) {
    Duration wait = wait(situation.failures());
    Duration quiet =
        situation.idle().compareTo(situation.atHome()) < 0 ? situation.idle() : situation.atHome();
    if (quiet.compareTo(wait) >= 0) {
      return Verdict.CONSOLIDATE;
    }
    return quiet.compareTo(wait.minus(warning)) >= 0 ? Verdict.WARN : Verdict.STAY;
  }

  /** How long a VM must be quiet after so many failures. */
  Duration wait(int failures) {
    Duration longest = idle.compareTo(LONGEST) > 0 ? idle : LONGEST;
    Duration wait = idle.multipliedBy(1L << Math.min(failures, MOST_DOUBLINGS));
    return wait.compareTo(longest) > 0 ? longest : wait;
  }
}
