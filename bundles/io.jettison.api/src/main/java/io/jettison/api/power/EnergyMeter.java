package io.jettison.api.power;

import org.osgi.annotation.versioning.ConsumerType;

/** Measures or models energy. Registered as a service with property {@link #NAME}. Thread-safe. */
@ConsumerType
public interface EnergyMeter {
  /**
   * Service property with the meter's name; every figure in a report says by which meter it was
   * had.
   */
  String NAME = "jettison.meter";

  /**
   * Energy used since an arbitrary moment, in joules; grows monotonically; NaN while the meter does
   * not answer. Must not block.
   */
  double joules();
}
