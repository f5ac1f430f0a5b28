package io.jettison.energy;

import io.jettison.api.power.EnergyMeter;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** The meters there are. A service; thread-safe. */
@ProviderType
public interface Meters {
  /** What each meter says now, by name. Does not block. */
  List<Reading> readings();

  /** The name of a meter by the properties of its service: its kind, and which of several. */
  static String name(Map<String, Object> properties) {
    Object kind = properties.getOrDefault(EnergyMeter.NAME, "unnamed");
    return (kind + " " + properties.getOrDefault("name", "")).strip();
  }
}
