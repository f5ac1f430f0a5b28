package io.jettison.shell.internal;

import io.jettison.api.Outcome;
import io.jettison.api.RefusedException;
import io.jettison.vm.Rehearsal;
import io.jettison.vm.Rehearsal.Move;
import java.util.List;
import java.util.Locale;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Shows that the way to the server and home works, and how long a VM would be down. */
@Component(
    service = RehearseCommand.class,
    property = {"osgi.command.scope=jettison", "osgi.command.function=rehearse"})
public final class RehearseCommand {
  private static final double NANOS_PER_MILLI = 1e6;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile @Nullable Rehearsal rehearsal;

  /** Rehearses moves. */
  @Descriptor("moves a VM that nobody uses to the server and home, some times")
  public void rehearse(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    call.none("rehearse [--json]");
    Rehearsal found = rehearsal;
    if (found == null) {
      throw new RefusedException(
          new Outcome.Refused<>("moves are rehearsed by desktops", "run this on one of them"));
    }
    List<Move> moves = found.rehearse(call.progress()).orThrow();
    Table table = new Table("DRIVER", "DOWN, LEAVING", "DOWN, RETURNING");
    for (Move move : moves) {
      table.row(move.driver(), millis(move.outNanos()), millis(move.backNanos()));
    }
    call.print(moves, table);
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.1f ms", nanos / NANOS_PER_MILLI);
  }
}
