package io.jettison.api.hypervisor;

/**
 * A VM's state was written, and its vCPUs are stopped.
 *
 * @param bytes bytes of the descriptor
 * @param stoppedNanos when its vCPUs stopped, {@link System#nanoTime()}
 */
public record Departure(long bytes, long stoppedNanos) {}
