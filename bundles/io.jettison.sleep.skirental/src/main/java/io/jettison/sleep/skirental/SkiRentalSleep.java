package io.jettison.sleep.skirental;

import io.jettison.api.power.PowerProfile;
import io.jettison.api.sleep.SleepPolicy;
import io.jettison.sleep.gaps.GapCost;
import io.jettison.sleep.gaps.Seconds;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Waits as long as a skier rents who does not know how often he will go: until the rent paid is the
 * price. Never costs more than twice the offline optimum; with a random timer, in expectation, not
 * more than e/(e − 1) = 1.58 times. Proofs stand with {@code io.jettison.sleep.gaps}.
 */
@Component(
    configurationPid = "io.jettison.sleep.skirental",
    property = {SleepPolicy.NAME + "=skirental", "service.ranking:Integer=-5"})
@Designate(ocd = SkiRentalSleep.Config.class)
public final class SkiRentalSleep implements SleepPolicy {
  /** Section [sleep.skirental]. */
  @ObjectClassDefinition(name = "Sleep as in ski rental")
  public @interface Config {
    /** Random timer. */
    @AttributeDefinition(
        description =
            "draw the timer anew for each gap: better in expectation, not in each single gap; a PC"
                + " whose suspend takes longer than 0.58 t_b waits t_b all the same")
    boolean randomized() default false;

    /** Seed. */
    @AttributeDefinition(description = "what the draws follow from; 0: other ones at each start")
    long seed() default 0;
  }

  private final boolean randomized;
  private final SplittableRandom random;

  /** From the configuration. */
  @Activate
  public SkiRentalSleep(Config config) {
    this(
        config.randomized(),
        config.seed() == 0 ? new SplittableRandom() : new SplittableRandom(config.seed()));
  }

  SkiRentalSleep(boolean randomized, SplittableRandom random) {
    this.randomized = randomized;
    this.random = random;
  }

  @Override
  public synchronized Session open(PowerProfile profile) {
    GapCost cost = new GapCost(profile);
    if (randomized && cost.randomizable()) {
      return new Drawn(cost, random.split()::nextDouble);
    }
    Duration timer = Seconds.duration(cost.boundedTimer());
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

  /** One draw for each gap: a timer that is asked for twice is the same. */
  static final class Drawn implements Session {
    private final GapCost cost;
    private final DoubleSupplier uniform;
    private Duration timer;

    Drawn(GapCost cost, DoubleSupplier uniform) {
      this.cost = cost;
      this.uniform = uniform;
      this.timer = draw(cost, uniform);
    }

    private static Duration draw(GapCost cost, DoubleSupplier uniform) {
      return Seconds.duration(cost.randomTimer(uniform.getAsDouble()));
    }

    @Override
    public void request(Duration sinceLast) {
      timer = draw(cost, uniform);
    }

    @Override
    public Duration waitTimer() {
      return timer;
    }
  }
}
