package io.jettison.api.hypervisor;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A VM about to continue on its desktop: a VMM that waits, over the residual (Bila et al. 2015,
 * §6.1: memrestore). Calls come in the order expect*, integrate*, load, run; or end with {@link
 * #discard}.
 */
@ConsumerType
public interface ReturningVm {
  /**
   * These pages changed on the server and will be integrated, if the return is committed: what that
   * takes may be made ready while the VM still runs there. A hint; a page may be expected more than
   * once. The contents of the residual stay; pages that were never given any may be given zeros.
   *
   * @param first first page
   * @param count how many
   */
  default void expect(long first, long count) {}

  /**
   * Writes pages that changed on the server into the residual. Only after the return is committed.
   * Idempotent: after a crash the same pages are written again.
   *
   * @param pfn first page
   * @param pages whole pages, from position to limit
   * @throws IOException if they cannot be written; the return is then repeated from its staging
   */
  void integrate(long pfn, ByteBuffer pages) throws IOException;

  /**
   * Loads vCPU and device state. The VM does not run yet, and its disks are not looked at: they may
   * be written meanwhile. A refusal ends this VMM; the caller prepares another.
   */
  Outcome<Nothing> load(ReadableByteChannel descriptor);

  /** Lets the vCPUs go on here. */
  Outcome<LocalVm> run();

  /** Ends the waiting VMM. The residual stays. Idempotent; nothing after {@link #run}. */
  void discard();
}
