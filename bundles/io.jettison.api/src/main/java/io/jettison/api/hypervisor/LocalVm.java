package io.jettison.api.hypervisor;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import java.nio.channels.WritableByteChannel;
import java.util.OptionalLong;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A VM with all its memory, on its desktop. Thread-safe; calls that change its state are serialised
 * by the caller.
 */
@ConsumerType
public interface LocalVm {
  /** What the VM is. */
  VmSpec spec();

  /** What its vCPUs do now. */
  RunState state();

  /** How busy it was; refused when its VMM is gone. */
  Outcome<VmActivity> activity();

  /**
   * Stops the vCPUs. Done when none will execute another instruction. Stopping a stopped VM is
   * done.
   */
  Outcome<Nothing> stop();

  /**
   * Writes the descriptor's vCPU and device state of the stopped VM: everything but the contents of
   * its memory. May be repeated, also after {@link #run}.
   *
   * @return bytes written
   */
  Outcome<Long> save(WritableByteChannel descriptor);

  /**
   * Stops the vCPUs and writes the descriptor, as {@link #stop} and {@link #save} do one after the
   * other. A driver that can begins to write while they still run, so that they stand still for
   * less. After a refusal the VM may run or be stopped.
   */
  default Outcome<Departure> leave(WritableByteChannel descriptor) {
    long stopping = System.nanoTime();
    return stop()
        .then(stopped -> save(descriptor))
        .then(bytes -> Outcome.done(new Departure(bytes, stopping)));
  }

  /** Lets the vCPUs of a stopped VM go on, as if nothing had happened; also after {@link #save}. */
  Outcome<Nothing> run();

  /**
   * When its vCPUs last went on, {@link System#nanoTime()}; empty if that is not known better than
   * by when {@link #run} was done, which is a little later.
   */
  default OptionalLong runsSinceNanos() {
    return OptionalLong.empty();
  }

  /**
   * Gives up the right to run: whatever could execute this VM here is ended. Its memory stays, as
   * the residual. Idempotent.
   */
  void retire();

  /** Forgets the VM without touching it; it is found again by {@link HypervisorDriver#attach}. */
  void detach();
}
