package io.jettison.api.hypervisor;

/**
 * A reading of how busy a VM is. Counters only ever grow while a VMM lives; two readings make a
 * rate.
 *
 * @param atNanos {@link System#nanoTime()} of the reading
 * @param cpuNanos processor time its vCPUs used
 * @param diskOperations reads and writes of its disks
 */
public record VmActivity(long atNanos, long cpuNanos, long diskOperations) {}
