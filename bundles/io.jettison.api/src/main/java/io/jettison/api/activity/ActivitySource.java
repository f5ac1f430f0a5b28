package io.jettison.api.activity;

import java.time.Duration;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Sees activity: a keyboard, a login session, a busy vCPU. Registered as a service with property
 * {@link #NAME}. Thread-safe.
 */
@ConsumerType
public interface ActivitySource {
  /** Service property with the source's name. */
  String NAME = "jettison.activity";

  /**
   * How long ago it last saw activity of a VM.
   *
   * @param vm the VM's name
   * @return empty if it knows nothing of this VM; must not block
   */
  Optional<Duration> idle(String vm);
}
