package io.jettison.pc.internal;

import io.jettison.wire.control.ControlMessage.Power;

/** The servers that VMs of this PC are on. */
@FunctionalInterface
interface Servers {
  /**
   * Tells one what the PC is about to do, and waits for it to have heard; a second or two at most.
   *
   * @param server {@code HOST:PORT}
   * @return whether it did
   */
  boolean tell(String server, Power power);
}
