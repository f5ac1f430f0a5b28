package io.jettison.shell.internal;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.jettison.api.Outcome.Refused;
import io.jettison.api.Quantity;
import io.jettison.api.RefusedException;
import io.jettison.chart.Chart;
import io.jettison.chart.Timeline;
import io.jettison.energy.Ledger;
import io.jettison.energy.Transition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Draws what a PC did. */
@Component(
    service = TimelineCommand.class,
    property = {"osgi.command.scope=jettison", "osgi.command.function=timeline"})
public final class TimelineCommand {
  private static final String USAGE = "timeline FILE.png|FILE.svg [--since 2h] [--pc PC]";
  private static final String SINCE = "--since";
  private static final String PC = "--pc";

  private static final double PERCENT = 100;

  private record Drawn(String file, String pc, double savedFraction) {}

  private final Ledger ledger;

  /** In a framework. */
  @Activate
  public TimelineCommand(@Reference(policyOption = ReferencePolicyOption.GREEDY) Ledger ledger) {
    this.ledger = ledger;
  }

  /** Draws the transitions that are remembered, or the last ones. */
  @Descriptor("draws what a PC did and used, as a .png or .svg")
  public void timeline(CommandSession session, String... words) {
    Invocation call = new Invocation(session, Set.of(), Set.of(SINCE, PC), words);
    Path file = call.file(call.operand(USAGE));
    if (!Chart.canDraw(file)) {
      throw new UsageException("usage: jettison " + USAGE);
    }
    Timeline timeline = timeline(call);
    try {
      Chart.draw(timeline, file);
    } catch (IOException e) {
      throw refused(file + " cannot be written: " + e.getMessage(), "name another file");
    }
    double saved = timeline.account().savedFraction();
    call.print(
        new Drawn(file.toString(), timeline.title(), saved),
        String.format(
            Locale.ROOT, "%s shows %s: %.1f %% saved", file, timeline.title(), saved * PERCENT));
  }

  private Timeline timeline(Invocation call) {
    String pc = call.value(PC).orElseGet(this::only);
    List<Transition> transitions =
        ledger.transitions().stream().filter(one -> one.pc().equals(pc)).toList();
    if (transitions.isEmpty()) {
      throw refused("the PC " + pc + " did not sleep yet", "see `jettison wakes`");
    }
    long now = ledger.now();
    long from =
        call.value(SINCE)
            .map(text -> now - SECONDS.toNanos(Quantity.duration(text).orThrow().toSeconds()))
            .orElse(transitions.get(0).nanos());
    if (from >= now) {
      throw refused("nothing is to be seen of no time", "name a longer time with --since");
    }
    return new Timeline(pc, ledger.profile(pc).orElseThrow(), transitions, from, now);
  }

  private String only() {
    List<String> pcs = ledger.pcs();
    if (pcs.size() == 1) {
      return pcs.get(0);
    }
    throw refused(
        pcs.isEmpty() ? "no PC sleeps here" : "there are " + String.join(", ", pcs),
        pcs.isEmpty() ? "ask on the PC itself" : "name one with --pc");
  }

  private static RefusedException refused(String reason, String remedy) {
    return new RefusedException(new Refused<>(reason, remedy));
  }
}
