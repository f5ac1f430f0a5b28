package io.jettison.server.internal;

import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.PagedMemory;
import io.jettison.wire.control.ControlMessage;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A guest's memory. */
record GuestMemory(PartialVms vms, Guest guest, PagedMemory memory) implements Volume {
  @Override
  public int number() {
    return ControlMessage.MEMORY;
  }

  @Override
  public Changes changes() {
    return guest.memoryChanges;
  }

  @Override
  public boolean tracksWrites() {
    return memory.tracksWrites();
  }

  @Override
  public PageSet harvest() throws IOException {
    if (!memory.tracksWrites()) {
      return memory.dirty();
    }
    vms.harvesting(guest);
    try {
      return memory.harvest();
    } catch (IOException e) {
      // what it had taken before it failed is lost with it
      guest.memoryChanges.add(memory.resident());
      guest.memoryChanges.forgetStaging();
      throw e;
    }
  }

  @Override
  public void read(long first, ByteBuffer into) throws IOException {
    memory.read(first, into);
  }
}
