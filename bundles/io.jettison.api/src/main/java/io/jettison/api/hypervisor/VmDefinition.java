package io.jettison.api.hypervisor;

import io.jettison.api.Outcome;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A VM the administrator described in the configuration of this desktop. A driver registers one
 * service per description; that it is there does not say that the VM runs.
 */
@ConsumerType
public interface VmDefinition {
  /** The VM's name, also when its description is faulty. */
  String name();

  /** The VM, or what is wrong with its description and how to mend it. */
  Outcome<VmSpec> spec();
}
