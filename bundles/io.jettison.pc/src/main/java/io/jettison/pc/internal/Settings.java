package io.jettison.pc.internal;

import java.time.Duration;

/**
 * What is configured.
 *
 * @param pc this PC's name
 * @param controller name of the power controller; blank: this PC does not sleep
 * @param user how long after the last sign of a user it may sleep
 * @param alarm longest sleep
 * @param home whether its VMs come home when a user wakes it
 */
record Settings(String pc, String controller, Duration user, Duration alarm, boolean home) {}
