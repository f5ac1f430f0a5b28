package io.jettison.vm;

import io.jettison.api.Outcome;
import io.jettison.vm.VmHost.Progress;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Moves a VM that nobody uses to the server and home again, some times: a desktop registers it. The
 * first moves of a Java runtime take several times as long as later ones, since their code is
 * loaded, interpreted and compiled meanwhile; so that no user's VM pays for it, a desktop rehearses
 * when it has met its server. It also shows that the way there and back works. Thread-safe.
 */
@ProviderType
public interface Rehearsal {
  /**
   * One rehearsed move.
   *
   * @param driver whose VM it was
   * @param outNanos time in which its vCPUs ran nowhere on its way to the server, in nanoseconds
   * @param backNanos the same on its way home
   */
  record Move(String driver, long outNanos, long backNanos) {}

  /**
   * Rehearses with every driver of the VMs that are described; waits for a rehearsal that is under
   * way and takes its result.
   *
   * @return the moves in their order; refused if one could not be made
   */
  Outcome<List<Move>> rehearse(Progress progress);
}
