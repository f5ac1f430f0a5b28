package io.jettison.vm;

import static io.jettison.vm.VmState.CONSOLIDATING;
import static io.jettison.vm.VmState.LOCAL;
import static io.jettison.vm.VmState.OFF;
import static io.jettison.vm.VmState.RECOVERING;
import static io.jettison.vm.VmState.REINTEGRATING;
import static io.jettison.vm.VmState.REMOTE;

import java.util.Optional;

/**
 * The states of a VM as its desktop sees them, and the events that lead from one to the next. Pure:
 * it decides nothing and does nothing.
 *
 * <pre>
 *  OFF ──BOOTED──▶ LOCAL ──LEAVE──▶ CONSOLIDATING ──HANDED_OVER──▶ REMOTE ──COME_HOME──▶ REINTEGRATING ──COMMITTED──▶ LOCAL
 *   ▲               │  ▲                 │                           ▲  ▲                    │
 *   └──POWERED_OFF──┘  └─────STAYED──────┘                           │  └──────STAYED────────┘
 *                                                                    │
 *  any ──LOST──▶ RECOVERING ──FOUND_LOCAL / FOUND_REMOTE / FOUND_OFF─┴▶ LOCAL / REMOTE / OFF
 * </pre>
 */
public final class Lifecycle {
  /** What happens to a VM. */
  public enum Event {
    /** Its VMM was started afresh. */
    BOOTED,
    /** Its VMM ended, on purpose or not, while the VM was at home. */
    POWERED_OFF,
    /** A consolidation began. */
    LEAVE,
    /** The hand-over is durable: from here on only the server may run it. */
    HANDED_OVER,
    /** A reintegration began. */
    COME_HOME,
    /** The return is durable: from here on only the desktop may run it. */
    COMMITTED,
    /** A move was given up; the VM goes on where it was. */
    STAYED,
    /** It is not known where it runs: a restart, or an answer that did not come. */
    LOST,
    /** It was found running, or fit to run, on the desktop, which owns it. */
    FOUND_LOCAL,
    /** It was found on the server, which owns it. */
    FOUND_REMOTE,
    /** It was found nowhere, and nowhere it can go on. */
    FOUND_OFF
  }

  private Lifecycle() {}

  /**
   * The state an event leads to.
   *
   * @return empty if the event cannot happen in this state
   */
  public static Optional<VmState> next(VmState state, Event event) {
    VmState to =
        switch (event) {
          case BOOTED -> state == OFF ? LOCAL : null;
          case POWERED_OFF -> state == LOCAL ? OFF : null;
          case LEAVE -> state == LOCAL ? CONSOLIDATING : null;
          case HANDED_OVER -> state == CONSOLIDATING ? REMOTE : null;
          case COME_HOME -> state == REMOTE ? REINTEGRATING : null;
          case COMMITTED -> state == REINTEGRATING ? LOCAL : null;
          case STAYED -> state == CONSOLIDATING ? LOCAL : state == REINTEGRATING ? REMOTE : null;
          case LOST -> RECOVERING;
          case FOUND_LOCAL -> state == RECOVERING ? LOCAL : null;
          case FOUND_REMOTE -> state == RECOVERING ? REMOTE : null;
          case FOUND_OFF -> state == RECOVERING ? OFF : null;
        };
    return Optional.ofNullable(to);
  }
}
