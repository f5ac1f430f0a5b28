package io.jettison.energy.internal;

import io.jettison.api.Nearest;
import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.power.PowerProfiles;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Shipped and configured profiles. */
@Component
public final class Profiles implements PowerProfiles {
  private final Map<String, PowerProfile> shipped = ShippedProfiles.read();

  @Reference private volatile List<ConfiguredProfile> configured;

  /** In the framework, which keeps the list of those configured. */
  @Activate
  public Profiles() {}

  Profiles(List<ConfiguredProfile> configured) {
    this.configured = configured;
  }

  @Override
  public Outcome<PowerProfile> profile(String name) {
    Map<String, Outcome<PowerProfile>> known = known();
    Outcome<PowerProfile> found = known.get(name);
    return found != null
        ? found
        : Outcome.refused(
            "there is no power profile '" + name + "'",
            Nearest.to(name, known.keySet())
                    .map(near -> "did you mean '" + near + "'?")
                    .orElse("use one of " + String.join(", ", known.keySet()))
                + " Or describe your own as [power.profile "
                + name
                + "]");
  }

  @Override
  public List<PowerProfile> all() {
    return known().values().stream()
        .filter(Outcome::isDone)
        .map(outcome -> ((Done<PowerProfile>) outcome).value())
        .toList();
  }

  private Map<String, Outcome<PowerProfile>> known() {
    Map<String, Outcome<PowerProfile>> known = new TreeMap<>();
    shipped.forEach((name, profile) -> known.put(name, Outcome.done(profile)));
    configured.forEach(section -> known.put(section.name(), section.profile()));
    return known;
  }
}
