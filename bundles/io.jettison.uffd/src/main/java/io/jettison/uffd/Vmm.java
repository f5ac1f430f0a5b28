package io.jettison.uffd;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.Departure;
import io.jettison.api.hypervisor.RunState;
import io.jettison.api.hypervisor.VmActivity;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.OptionalLong;

/**
 * A virtual machine monitor whose guest's memory is a file: its process, and what it is told.
 * Thread-safe. The methods mean what they mean for the {@linkplain
 * io.jettison.api.hypervisor.PartialVm VM} in it.
 */
public interface Vmm {
  /** What its VM does; does not wait for a page. */
  RunState state();

  /** How busy its VM was. */
  Outcome<VmActivity> activity();

  /** Stops the vCPUs. */
  Outcome<Nothing> stop();

  /** Lets the vCPUs go on, and tells the network that they do so here. */
  Outcome<Nothing> run();

  /** When they last went on, if that is known better than by when {@link #run} was done. */
  default OptionalLong runsSinceNanos() {
    return OptionalLong.empty();
  }

  /** Saves the state without the memory; yields its length in bytes. */
  Outcome<Long> save(WritableByteChannel descriptor);

  /** Stops the vCPUs and saves the state, with as little of it as can be while they stand still. */
  default Outcome<Departure> leave(WritableByteChannel descriptor) {
    long stopping = System.nanoTime();
    return stop()
        .then(stopped -> save(descriptor))
        .then(bytes -> Outcome.done(new Departure(bytes, stopping)));
  }

  /** Loads a state; a refusal ends the VMM. */
  Outcome<Nothing> load(ReadableByteChannel descriptor);

  /** Ends it, also while it waits for a page. */
  void kill();

  /** Lets go of it; it goes on. */
  void detach();
}
