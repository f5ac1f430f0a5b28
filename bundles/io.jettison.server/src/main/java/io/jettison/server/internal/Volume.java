package io.jettison.server.internal;

import io.jettison.api.memory.PageSet;
import io.jettison.wire.control.ControlMessage;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What a guest changes and takes home: its memory, or one of its disks. In the guest's turn only.
 */
interface Volume {
  /** {@link ControlMessage#MEMORY}, or the disk's number. */
  int number();

  /** What is known to have changed. */
  Changes changes();

  /** Whether it can be told while the guest runs what changed. */
  boolean tracksWrites();

  /**
   * What changed since the last time; everything that changed, if it does not track writes.
   *
   * @throws IOException if it cannot be told; then all of it may have changed
   */
  PageSet harvest() throws IOException;

  /**
   * Takes the time ahead that its VMM needs to stop: what was written so far is made durable, if it
   * is to be.
   */
  default void settle() throws IOException {}

  /** Reads consecutive pages or blocks. */
  void read(long first, ByteBuffer into) throws IOException;
}
