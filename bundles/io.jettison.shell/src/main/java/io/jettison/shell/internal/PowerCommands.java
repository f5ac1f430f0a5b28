package io.jettison.shell.internal;

import io.jettison.api.power.PcDay;
import io.jettison.energy.Account;
import io.jettison.energy.Ledger;
import io.jettison.energy.Meters;
import io.jettison.energy.PcState;
import io.jettison.energy.Transition;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** What PCs do, why, and what that takes. */
@Component(
    service = PowerCommands.class,
    property = {
      "osgi.command.scope=jettison",
      "osgi.command.function=wakes",
      "osgi.command.function=energy"
    })
public final class PowerCommands {
  /** Rows shown to people. */
  private static final int ROWS = 40;

  private static final double PERCENT = 100;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("MM-dd HH:mm:ss.S", Locale.ROOT);

  private record Moment(Instant at, String pc, PcState state, String reason) {}

  private record Wakes(List<PcDay.Status> pcs, List<Moment> timeline, List<WakeLog.Sent> wakes) {}

  private record Used(
      String kind,
      String name,
      double seconds,
      double joules,
      double idleJoules,
      double serverJoules,
      double savedFraction,
      double netSavedFraction,
      long wakes,
      String meter) {}

  private record Reading(String meter, Optional<Double> joules) {}

  private record Energy(List<Used> accounts, List<Reading> meters) {}

  private final WakeLog log;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile @Nullable PcDay day;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile @Nullable Ledger ledger;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile @Nullable Meters meters;

  /** In a framework. */
  @Activate
  public PowerCommands(@Reference WakeLog log) {
    this.log = log;
  }

  PowerCommands(WakeLog log, PcDay day, Ledger ledger, Meters meters) {
    this.log = log;
    this.day = day;
    this.ledger = ledger;
    this.meters = meters;
  }

  /** Shows sleeps and wakes with their reasons. */
  @Descriptor("shows when PCs slept and woke, and why")
  public void wakes(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    call.none("wakes [--json]");
    PcDay own = day;
    List<PcDay.Status> pcs = own == null ? List.of() : List.of(own.status());
    List<Moment> timeline = timeline();
    List<WakeLog.Sent> sent = log.all();
    call.print(new Wakes(pcs, timeline, sent), text(pcs, timeline, sent));
  }

  /** The ledger's clock begins anywhere: only how long ago something was can be told by it. */
  private List<Moment> timeline() {
    Ledger books = ledger;
    List<Moment> moments = new ArrayList<>();
    if (books != null) {
      long now = books.now();
      Instant wall = Instant.now();
      for (Transition one : books.transitions()) {
        Instant at = wall.minusNanos(now - one.nanos());
        moments.add(new Moment(at, one.pc(), one.state(), one.reason()));
      }
    }
    return moments;
  }

  private static String text(
      List<PcDay.Status> pcs, List<Moment> timeline, List<WakeLog.Sent> sent) {
    StringBuilder text = new StringBuilder();
    for (PcDay.Status pc : pcs) {
      text.append(pc.pc()).append(" is ").append(small(pc.state())).append(": ").append(pc.why());
      pc.waitTimer().ifPresent(timer -> text.append("; wait timer ").append(seconds(timer)));
      text.append(System.lineSeparator());
    }
    if (!timeline.isEmpty()) {
      Table table = new Table("WHEN", "PC", "STATE", "WHY");
      last(timeline)
          .forEach(one -> table.row(time(one.at()), one.pc(), small(one.state()), one.reason()));
      text.append(table);
    }
    if (!sent.isEmpty()) {
      Table table = new Table("WHEN", "PC", "NEEDED FOR", "RESUME", "END", "TOOK", "SENT", "NEEDS");
      last(sent)
          .forEach(
              one ->
                  table.row(
                      time(one.at()),
                      one.pc(),
                      one.need(),
                      one.selective() ? "selective" : "full",
                      one.end().map(PowerCommands::small).orElse("-"),
                      one.took().map(PowerCommands::seconds).orElse("-"),
                      one.rounds(),
                      one.needs()));
      text.append(table);
    }
    return text.isEmpty() ? "no PC slept or was woken from here" : text.toString();
  }

  private static <T> List<T> last(List<T> all) {
    return all.subList(Math.max(0, all.size() - ROWS), all.size());
  }

  private static String small(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String time(Instant at) {
    return TIME.format(at.atZone(ZoneId.systemDefault()));
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1e3);
  }

  /** Shows what PCs and VMs used and saved. */
  @Descriptor("shows what PCs used while their VMs were away, what that saved, and by which meter")
  public void energy(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    call.none("energy [--json]");
    List<Used> accounts = accounts();
    List<Reading> readings = readings();
    Table table =
        new Table("", "NAME", "TIME", "USED", "IDLING", "SERVER", "SAVED", "NET", "WAKES", "METER");
    for (Used one : accounts) {
      table.row(
          one.kind(),
          one.name(),
          seconds(Duration.ofMillis(Math.round(one.seconds() * 1e3))),
          joules(one.joules()),
          joules(one.idleJoules()),
          joules(one.serverJoules()),
          percent(one.savedFraction()),
          percent(one.netSavedFraction()),
          one.kind().equals("vm") ? "-" : one.wakes(),
          one.meter());
    }
    Table meterTable = new Table("METER", "JOULES");
    readings.forEach(
        one ->
            meterTable.row(
                one.meter(), one.joules().map(PowerCommands::joules).orElse("does not answer")));
    call.print(new Energy(accounts, readings), table.toString() + meterTable);
  }

  private List<Used> accounts() {
    Ledger books = ledger;
    List<Used> all = new ArrayList<>();
    if (books != null) {
      for (String pc : books.pcs()) {
        long wakes = books.wakes(pc);
        books.pc(pc).ifPresent(whole -> all.add(used("pc", pc, whole, wakes)));
        books.consolidated(pc).ifPresent(away -> all.add(used("pc, VMs away", pc, away, wakes)));
      }
      for (String vm : books.vms()) {
        books.vm(vm).ifPresent(share -> all.add(used("vm", vm, share, 0)));
      }
    }
    return all;
  }

  private static Used used(String kind, String name, Account account, long wakes) {
    return new Used(
        kind,
        name,
        account.seconds(),
        account.joules(),
        account.idleJoules(),
        account.serverJoules(),
        account.savedFraction(),
        account.netSavedFraction(),
        wakes,
        "model");
  }

  private List<Reading> readings() {
    Meters there = meters;
    return there == null
        ? List.of()
        : there.readings().stream()
            .map(
                one ->
                    new Reading(
                        one.meter(),
                        Double.isNaN(one.joules()) ? Optional.empty() : Optional.of(one.joules())))
            .toList();
  }

  private static String joules(double joules) {
    return String.format(Locale.ROOT, "%,.0f J", joules);
  }

  private static String percent(double fraction) {
    return String.format(Locale.ROOT, "%.1f %%", fraction * PERCENT);
  }
}
