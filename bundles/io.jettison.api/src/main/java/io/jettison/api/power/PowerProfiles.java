package io.jettison.api.power;

import io.jettison.api.Outcome;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The power profiles there are: shipped ones and those of the configuration. A service. */
@ProviderType
public interface PowerProfiles {
  /**
   * The profile of a name; a configured one goes before a shipped one of the same name.
   *
   * @return refused, with the nearest known name, if there is none, and with what is wrong if the
   *     configuration of that name is no profile
   */
  Outcome<PowerProfile> profile(String name);

  /** All usable profiles, by name. */
  List<PowerProfile> all();
}
