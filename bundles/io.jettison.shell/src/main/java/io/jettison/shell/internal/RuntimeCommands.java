package io.jettison.shell.internal;

import io.jettison.api.Outcome;
import io.jettison.api.RefusedException;
import io.jettison.config.Configuration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** What this runtime consists of. */
@Component(
    service = RuntimeCommands.class,
    property = {
      "osgi.command.scope=jettison",
      "osgi.command.function=policies",
      "osgi.command.function=bundles",
      "osgi.command.function=restart",
      "osgi.command.function=config",
      "osgi.command.function=help",
      "osgi.command.function=complete"
    })
public final class RuntimeCommands {
  private static final String API = "io.jettison.api.";
  private static final String HELP =
      """
      usage: jettison COMMAND [--json]

        vms                lists the VMs of this host
        boot VM            boots a VM that is off
        poweroff VM        ends a VM, as pulling its plug
        consolidate VM     moves a VM to the server
        reintegrate VM     brings a VM home
        recover VM         goes on from the state a VM left with, when the server lost it
        salvage VM         then brings home what it wrote to its disks instead, and leaves it off
        rehearse           moves a VM that nobody uses there and home, and shows how long it was down
        stay VM            shows the current or last stay of a VM on the server in figures
        wakes              shows when PCs slept and woke, and why
        energy             shows what PCs used while their VMs were away, and what that saved
        timeline FILE      draws what a PC did and used, as a .png or .svg [--since 2h] [--pc PC]
        power check        checks whether and how this PC can sleep and be woken
        power measure      measures a power profile of this PC, step by step
        policies           lists policies, drivers and transports, and what bundle each is from
        bundles            lists the bundles
        restart BUNDLE     stops a bundle and starts it again; VMs run on meanwhile
        config             shows the configuration in force and what is wrong with its file

      exit status: 0 done, 1 refused, 2 not understood, 3 no jettisond runs
      A command that began goes on when its caller is interrupted.
      """;
  private static final List<String> COMMANDS =
      List.of(
          "vms",
          "boot",
          "poweroff",
          "consolidate",
          "reintegrate",
          "recover",
          "salvage",
          "rehearse",
          "stay",
          "wakes",
          "energy",
          "timeline",
          "power",
          "policies",
          "bundles",
          "restart",
          "config",
          "help");
  private static final List<String> OF_VMS =
      List.of("boot", "poweroff", "consolidate", "reintegrate", "recover", "salvage", "stay");

  private record Replaceable(String kind, String name, String bundle, int ranking) {}

  private record Installed(long id, String state, String name, String version) {}

  private record Shown(String file, List<Configuration.Section> sections, List<String> problems) {}

  private final BundleContext context;
  private final Configuration configuration;
  private final VmCommands vms;

  /** In a framework. */
  @Activate
  public RuntimeCommands(
      BundleContext context, @Reference Configuration configuration, @Reference VmCommands vms) {
    this.context = context;
    this.configuration = configuration;
    this.vms = vms;
  }

  /** Lists what is hot-swappable. */
  @Descriptor("lists policies, drivers and transports, and what bundle each is from")
  public void policies(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    call.none("policies [--json]");
    List<Replaceable> found = new ArrayList<>();
    try {
      ServiceReference<?>[] services =
          context.getAllServiceReferences(null, "(" + Constants.OBJECTCLASS + "=" + API + "*)");
      for (ServiceReference<?> service : services == null ? new ServiceReference<?>[0] : services) {
        found.add(describe(service));
      }
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
    found.sort(java.util.Comparator.comparing(Replaceable::kind).thenComparing(Replaceable::name));
    Table table = new Table("KIND", "NAME", "BUNDLE", "RANKING");
    found.forEach(one -> table.row(one.kind(), one.name(), one.bundle(), one.ranking()));
    call.print(found, table);
  }

  private static Replaceable describe(ServiceReference<?> service) {
    String type = "";
    for (String each : (String[]) service.getProperty(Constants.OBJECTCLASS)) {
      type = each.startsWith(API) ? each : type;
    }
    String name = "";
    for (String key : service.getPropertyKeys()) {
      if (key.matches("jettison\\.[a-z]+") && service.getProperty(key) instanceof String value) {
        name = value;
      }
    }
    Object ranking = service.getProperty(Constants.SERVICE_RANKING);
    return new Replaceable(
        type.substring(type.lastIndexOf('.') + 1),
        name,
        String.valueOf(service.getBundle().getSymbolicName()),
        ranking instanceof Integer number ? number : 0);
  }

  /** Lists the bundles. */
  @Descriptor("lists the bundles")
  public void bundles(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    call.none("bundles [--json]");
    List<Installed> found = new ArrayList<>();
    Table table = new Table("ID", "STATE", "NAME", "VERSION");
    for (Bundle bundle : context.getBundles()) {
      Installed one =
          new Installed(
              bundle.getBundleId(),
              state(bundle.getState()),
              String.valueOf(bundle.getSymbolicName()),
              bundle.getVersion().toString());
      found.add(one);
      table.row(one.id(), one.state(), one.name(), one.version());
    }
    call.print(found, table);
  }

  /** Stops a bundle and starts it again. */
  @Descriptor("stops a bundle and starts it again; VMs run on meanwhile")
  public void restart(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    String name = call.operand("restart BUNDLE");
    for (Bundle bundle : context.getBundles()) {
      if (name.equals(bundle.getSymbolicName())) {
        restart(bundle);
        call.print(Map.of("bundle", name), name + " is restarted");
        return;
      }
    }
    throw new RefusedException(
        new Outcome.Refused<>("there is no bundle " + name, "see `jettison bundles`"));
  }

  private void restart(Bundle bundle) {
    String name = bundle.getSymbolicName();
    if (bundle.equals(context.getBundle()) || bundle.getBundleId() == 0) {
      throw new RefusedException(
          new Outcome.Refused<>(name + " carries this very command", "restart jettisond"));
    }
    try {
      bundle.stop(Bundle.STOP_TRANSIENT);
      bundle.start(Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY);
    } catch (BundleException e) {
      throw new RefusedException(
          new Outcome.Refused<>(name + " does not restart: " + e.getMessage(), "see the log"));
    }
  }

  private static String state(int state) {
    return switch (state) {
      case Bundle.ACTIVE -> "active";
      case Bundle.RESOLVED -> "resolved";
      case Bundle.INSTALLED -> "installed";
      case Bundle.STARTING -> "starting";
      case Bundle.STOPPING -> "stopping";
      default -> "uninstalled";
    };
  }

  /** Shows the configuration. */
  @Descriptor("shows the configuration in force and what is wrong with its file")
  public void config(CommandSession session, String... words) {
    Invocation call = new Invocation(session, words);
    call.none("config [--json]");
    StringBuilder text = new StringBuilder("# " + configuration.file() + "\n");
    for (Configuration.Section section : configuration.sections()) {
      text.append("[").append(section.name()).append("]\n");
      Map<String, String> values = new TreeMap<>(section.values());
      values.forEach((key, value) -> text.append(key).append(" = ").append(value).append('\n'));
    }
    configuration.problems().forEach(problem -> text.append("! ").append(problem).append('\n'));
    call.print(
        new Shown(
            configuration.file().toString(), configuration.sections(), configuration.problems()),
        text);
  }

  /** Says what there is. */
  @Descriptor("says what commands there are")
  public void help(CommandSession session, String... words) {
    session.getConsole().print(HELP);
  }

  /** Completes a command line: the words so far, the last of them unfinished. */
  @Descriptor("lists how a command line may go on, for bash")
  public void complete(CommandSession session, String... words) {
    String last = words.length == 0 ? "" : words[words.length - 1].toLowerCase(Locale.ROOT);
    List<String> candidates =
        words.length <= 1
            ? COMMANDS
            : words.length == 2 && OF_VMS.contains(words[0]) ? vms.names() : List.of("--json");
    candidates.stream()
        .filter(word -> word.toLowerCase(Locale.ROOT).startsWith(last))
        .forEach(session.getConsole()::println);
  }
}
