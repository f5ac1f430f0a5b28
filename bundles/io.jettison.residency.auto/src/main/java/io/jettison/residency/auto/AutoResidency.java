package io.jettison.residency.auto;

import io.jettison.api.residency.ResidencyPolicy;
import java.util.Locale;
import org.osgi.service.component.annotations.Component;

/**
 * Chooses what is expected to use less energy until the user returns, by an {@linkplain
 * Expectation}; asked again, it may change its mind.
 */
@Component(property = {ResidencyPolicy.NAME + "=auto", "service.ranking:Integer=10"})
public final class AutoResidency implements ResidencyPolicy {
  private static final double MIB = 1 << 20;
  private static final double MINUTE = 60;

  @Override
  public Choice choose(Stay stay) {
    return new Choice(Residency.MICROSLEEP, "the PC's power is not known");
  }

  @Override
  public Choice choose(Stay stay, Outlook outlook) {
    Expectation expected = Expectation.of(stay, outlook);
    boolean park = expected.parkJoules() < expected.microsleepJoules();
    return new Choice(
        park ? Residency.PARK : Residency.MICROSLEEP,
        String.format(
            Locale.ROOT,
            "of the next %.1f min, with %.2f wakes a minute: %.0f J by microsleeps, %.0f J with"
                + " %.1f MiB parked",
            expected.seconds() / MINUTE,
            expected.wakesPerSecond() * MINUTE,
            expected.microsleepJoules(),
            expected.parkJoules(),
            stay.coldBytes() / MIB));
  }
}
