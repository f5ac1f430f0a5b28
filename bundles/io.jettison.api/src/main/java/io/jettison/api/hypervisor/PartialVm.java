package io.jettison.api.hypervisor;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.memory.PagedMemory;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.OptionalLong;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A VM on the server with only the pages it touched. Faults must be served by another thread while
 * {@link #load}, {@link #run}, {@link #stop} and {@link #save} are carried out: each may touch
 * absent pages. Thread-safe; calls that change its state are serialised by the caller.
 */
@ConsumerType
public interface PartialVm {
  /** What the VM is. */
  VmSpec spec();

  /** What its vCPUs do now. Must not need a vCPU to make progress. */
  RunState state();

  /** Its memory. */
  PagedMemory memory();

  /** Loads vCPU and device state. A refusal ends this VMM; the caller prepares another. */
  Outcome<Nothing> load(ReadableByteChannel descriptor);

  /** Lets the vCPUs go on here. */
  Outcome<Nothing> run();

  /**
   * When its vCPUs last went on, {@link System#nanoTime()}; empty if that is not known better than
   * by when {@link #run} was done, which is a little later.
   */
  default OptionalLong runsSinceNanos() {
    return OptionalLong.empty();
  }

  /** Stops the vCPUs; a vCPU that waits for a page stops once it has it. */
  Outcome<Nothing> stop();

  /**
   * Writes vCPU and device state of the stopped VM.
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

  /** How busy it was; refused when its VMM is gone. */
  Outcome<VmActivity> activity();

  /** Ends the VM on this host and frees its memory. Idempotent. */
  void destroy();

  /** Forgets the VM without touching it; it is found again by {@link HypervisorDriver#reattach}. */
  void detach();
}
