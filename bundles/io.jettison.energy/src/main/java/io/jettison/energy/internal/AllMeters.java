package io.jettison.energy.internal;

import io.jettison.api.power.EnergyMeter;
import io.jettison.energy.Meters;
import io.jettison.energy.Reading;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Reads every meter that is registered. */
@Component
public final class AllMeters implements Meters {
  @Reference(service = EnergyMeter.class)
  private volatile List<Map.Entry<Map<String, Object>, EnergyMeter>> meters;

  /** In the framework, which keeps the list of meters. */
  @Activate
  public AllMeters() {}

  AllMeters(List<Map.Entry<Map<String, Object>, EnergyMeter>> meters) {
    this.meters = meters;
  }

  @Override
  public List<Reading> readings() {
    return meters.stream()
        .map(meter -> new Reading(Meters.name(meter.getKey()), meter.getValue().joules()))
        .sorted(Comparator.comparing(Reading::meter))
        .toList();
  }
}
