package io.jettison.api.hypervisor;

/** What a VM's vCPUs do. */
public enum RunState {
  /** vCPUs execute (or wait for a page). */
  RUNNING,
  /** vCPUs are stopped; the VM can be saved or go on. */
  STOPPED,
  /** The VMM waits for a descriptor; vCPUs never ran here. */
  WAITING,
  /** There is no VMM. */
  GONE
}
