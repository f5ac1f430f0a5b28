package io.jettison.energy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.power.EnergyMeter;
import io.jettison.energy.Reading;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AllMetersTest {
  @Test
  void everyFigureNamesItsMeter() {
    AllMeters meters =
        new AllMeters(
            List.of(
                Map.entry(Map.of(EnergyMeter.NAME, "shelly", "name", "pc2"), () -> 2.0),
                Map.entry(Map.of(EnergyMeter.NAME, "model"), () -> 1.0),
                Map.entry(Map.of(EnergyMeter.NAME, "shelly", "name", "pc1"), () -> Double.NaN)));
    assertThat(meters.readings())
        .containsExactly(
            new Reading("model", 1),
            new Reading("shelly pc1", Double.NaN),
            new Reading("shelly pc2", 2));
  }
}
