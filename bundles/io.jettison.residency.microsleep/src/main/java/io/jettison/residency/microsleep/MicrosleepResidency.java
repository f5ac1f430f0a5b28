package io.jettison.residency.microsleep;

import io.jettison.api.residency.ResidencyPolicy;
import org.osgi.service.component.annotations.Component;

/** Wakes the PC for what is missing (Bila et al. 2015, §5). */
@Component(property = {ResidencyPolicy.NAME + "=microsleep", "service.ranking:Integer=-20"})
public final class MicrosleepResidency implements ResidencyPolicy {
  private static final Choice CHOICE =
      new Choice(Residency.MICROSLEEP, "the PC is woken for what is missing");

  @Override
  public Choice choose(Stay stay) {
    return CHOICE;
  }
}
