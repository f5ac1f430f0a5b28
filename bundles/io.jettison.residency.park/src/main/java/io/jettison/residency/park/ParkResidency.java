package io.jettison.residency.park;

import io.jettison.api.residency.ResidencyPolicy;
import org.osgi.service.component.annotations.Component;

/** Parks the cold rest of every VM, whatever that costs. */
@Component(property = {ResidencyPolicy.NAME + "=park", "service.ranking:Integer=-10"})
public final class ParkResidency implements ResidencyPolicy {
  private static final Choice CHOICE =
      new Choice(Residency.PARK, "the PC is not to be woken for what is missing");

  @Override
  public Choice choose(Stay stay) {
    return CHOICE;
  }
}
