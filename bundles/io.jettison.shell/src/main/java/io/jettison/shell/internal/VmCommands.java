package io.jettison.shell.internal;

import io.jettison.api.Outcome;
import io.jettison.api.RefusedException;
import io.jettison.vm.Residence;
import io.jettison.vm.Stay;
import io.jettison.vm.VmHost;
import io.jettison.vm.VmStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** What can be done with VMs. */
@Component(
    service = VmCommands.class,
    property = {
      "osgi.command.scope=jettison",
      "osgi.command.function=vms",
      "osgi.command.function=boot",
      "osgi.command.function=poweroff",
      "osgi.command.function=consolidate",
      "osgi.command.function=reintegrate",
      "osgi.command.function=recover",
      "osgi.command.function=salvage",
      "osgi.command.function=stay"
    })
public final class VmCommands {
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_MICRO = 1e3;

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile List<VmHost> hosts = List.of();

  private List<VmStatus> all() {
    List<VmStatus> all = new ArrayList<>();
    hosts.forEach(host -> all.addAll(host.vms()));
    return all;
  }

  /** Names of the VMs known here. */
  List<String> names() {
    return all().stream().map(VmStatus::name).toList();
  }

  private record Known(VmHost host, VmStatus status) {}

  /** A VM by its name, or by the part after the desktop's when there is but one. */
  private Known find(String name) {
    List<Known> found = new ArrayList<>();
    for (VmHost host : hosts) {
      for (VmStatus status : host.vms()) {
        if (status.name().equals(name)) {
          return new Known(host, status);
        }
        if (status.name().endsWith("/" + name)) {
          found.add(new Known(host, status));
        }
      }
    }
    if (found.size() == 1) {
      return found.get(0);
    }
    String known =
        names().isEmpty() ? "there are none here" : "known: " + String.join(", ", names());
    throw new RefusedException(
        new Outcome.Refused<>("there is no VM " + name, known + "; see `jettison vms`"));
  }

  /** Lists the VMs. */
  @Descriptor("lists the VMs of this host")
  public void vms(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    call.none("vms [--json]");
    Table table =
        new Table(
            "NAME", "STATE", "DRIVER", "PEER", "EPOCH", "RESIDENT", "OF", "IDLE", "RESIDENCY", "");
    for (VmStatus vm : all()) {
      table.row(
          vm.name(),
          vm.state().name().toLowerCase(Locale.ROOT),
          vm.driver(),
          vm.peer().isEmpty() ? "-" : vm.peer(),
          vm.epoch(),
          mib(vm.pagesResident()),
          mib(vm.pagesTotal()),
          vm.idle().map(VmCommands::seconds).orElse("-"),
          vm.residence().map(VmCommands::words).orElse("-"),
          vm.trouble());
    }
    call.print(all(), table);
  }

  private static String words(Residence residence) {
    String state = residence.state().name().toLowerCase(Locale.ROOT);
    return residence.state() == Residence.State.PARKING
        ? state + ", " + mib(residence.left()) + " left"
        : state;
  }

  private static String mib(long pages) {
    return pages / 256 + " MiB";
  }

  private static String seconds(Duration duration) {
    return duration.toSeconds() + " s";
  }

  /** Boots a VM. */
  @Descriptor("boots a VM that is off")
  public void boot(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    Known vm = find(call.operand("boot VM"));
    vm.host().boot(vm.status().name(), call.progress()).orThrow();
    call.print(Map.of("vm", vm.status().name()), vm.status().name() + " boots");
  }

  /** Ends a VM. */
  @Descriptor("ends a VM, as pulling its plug")
  public void poweroff(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    Known vm = find(call.operand("poweroff VM"));
    vm.host().powerOff(vm.status().name(), call.progress()).orThrow();
    call.print(Map.of("vm", vm.status().name()), vm.status().name() + " is off");
  }

  /** Moves a VM to the server. */
  @Descriptor("moves a VM to the server")
  public void consolidate(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    Known vm = find(call.operand("consolidate VM [--json]"));
    long downtime = vm.host().consolidate(vm.status().name(), call.progress()).orThrow();
    call.print(
        Map.of("vm", vm.status().name(), "downtime_ns", downtime),
        String.format(
            Locale.ROOT,
            "%s runs on the server; it was down for %.1f ms",
            vm.status().name(),
            downtime / NANOS_PER_MILLI));
  }

  /** Brings a VM home. */
  @Descriptor("brings a VM home")
  public void reintegrate(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    Known vm = find(call.operand("reintegrate VM [--json]"));
    Stay stay = vm.host().reintegrate(vm.status().name(), call.progress()).orThrow();
    call.print(stay, table(stay));
  }

  /** Goes on from the state a VM left with. */
  @Descriptor("goes on from the state a VM left with, when the server lost it")
  public void recover(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    Known vm = find(call.operand("recover VM"));
    vm.host().recover(vm.status().name(), call.progress()).orThrow();
    call.print(Map.of("vm", vm.status().name()), vm.status().name() + " runs here again");
  }

  /** Brings home what a VM wrote to its disks. */
  @Descriptor("brings home what a VM that the server lost wrote to its disks, and leaves it off")
  public void salvage(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    Known vm = find(call.operand("salvage VM [--json]"));
    String name = vm.status().name();
    long blocks = vm.host().salvage(name, call.progress()).orThrow();
    call.print(
        Map.of("vm", name, "blocks", blocks),
        blocks + " blocks of " + name + " are home, and it is off: jettison boot " + name);
  }

  /** Shows a stay. */
  @Descriptor("shows the current or last stay of a VM on the server in figures")
  public void stay(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    Known vm = find(call.operand("stay VM [--json]"));
    call.print(
        vm.status().stay(),
        vm.status()
            .stay()
            .map(stay -> table(stay) + why(vm.status()))
            .orElse(vm.status().name() + " was never away"));
  }

  private static String why(VmStatus vm) {
    return vm.residence()
        .map(how -> words(how) + " (" + how.policy() + "): " + how.why() + System.lineSeparator())
        .orElse("");
  }

  private static String table(Stay stay) {
    Table table = new Table("STAY " + stay.epoch(), "");
    table.row("down, leaving", millis(stay.consolidateNanos()));
    table.row("down, returning", millis(stay.reintegrateNanos()));
    table.row("descriptor", stay.descriptorBytes() / 1024 + " KiB");
    table.row("populated on the desktop", mib(stay.pagesPopulated()));
    table.row("resident on the server", mib(stay.pagesResident()));
    table.row("pages fetched", stay.pagesFetched());
    table.row("  of them ahead of use", stay.pagesPrefetched());
    table.row("pages kept on the server", stay.pagesKept());
    table.row("pages of zeros", stay.pagesZero());
    table.row("pages changed", stay.pagesDirty());
    table.row("bytes to the server", stay.bytesToServer());
    table.row("bytes parked there", stay.bytesParked());
    table.row("bytes to the desktop", stay.bytesToDesktop());
    table.row("faults", stay.faults());
    table.row("  that waited for the desktop", stay.waits());
    table.row("  p50", micros(stay.faultP50Nanos()));
    table.row("  p99", micros(stay.faultP99Nanos()));
    table.row("  longest", micros(stay.faultMaxNanos()));
    return table.toString();
  }

  private static String millis(long nanos) {
    return nanos == 0 ? "-" : String.format(Locale.ROOT, "%.1f ms", nanos / NANOS_PER_MILLI);
  }

  private static String micros(long nanos) {
    return String.format(Locale.ROOT, "%.0f us", nanos / NANOS_PER_MICRO);
  }
}
