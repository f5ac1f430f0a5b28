package io.jettison.energy;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The meters there are. A service; thread-safe. */
@ProviderType
public interface Meters {
  /** What each meter says now, by name. Does not block. */
  List<Reading> readings();
}
