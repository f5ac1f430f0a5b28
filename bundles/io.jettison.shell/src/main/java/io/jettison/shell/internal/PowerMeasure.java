package io.jettison.shell.internal;

import io.jettison.api.Outcome.Refused;
import io.jettison.api.Quantity;
import io.jettison.api.RefusedException;
import io.jettison.api.power.EnergyMeter;
import io.jettison.api.power.Equations;
import io.jettison.api.power.Finding;
import io.jettison.api.power.PowerController;
import io.jettison.api.power.PowerProfile;
import io.jettison.energy.Measurement;
import io.jettison.energy.Measurement.Cycle;
import io.jettison.energy.Measurement.Known;
import io.jettison.energy.Measurement.Phase;
import io.jettison.energy.Meters;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Set;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code power measure}: walks somebody through measuring this PC, a step a call, and each says
 * what is next. Immediate: one that is made when asked for would forget between two steps.
 */
@Component(service = PowerMeasure.class, immediate = true)
public final class PowerMeasure {
  static final String USAGE =
      "power measure [idle METER|WATTS [--for 5min] | sleep METER [--times 3] [--short 30s] [--long"
          + " 3min] [--controller NAME] --yes | asleep WATTS | suspend SECONDS WATTS | resume"
          + " SECONDS WATTS | print [NAME] | forget]";

  private static final String FOR = "--for";
  private static final String TIMES = "--times";
  private static final String SHORT = "--short";
  private static final String LONG = "--long";
  private static final String CONTROLLER = "--controller";
  private static final String YES = "--yes";
  private static final int MOST_TIMES = 100;

  /** What counts only what a profile says. */
  private static final String MODEL = "model";

  /** What counts nothing while the PC sleeps. */
  private static final String RAPL = "rapl";

  private final Measurement measurement;

  @Reference(service = EnergyMeter.class)
  private volatile List<Entry<Map<String, Object>, EnergyMeter>> meters;

  @Reference(service = PowerController.class)
  private volatile List<Entry<Map<String, Object>, PowerController>> controllers;

  /** In a framework, which keeps the lists. */
  @Activate
  public PowerMeasure() {
    measurement = new Measurement();
  }

  PowerMeasure(
      Measurement measurement,
      List<Entry<Map<String, Object>, EnergyMeter>> meters,
      List<Entry<Map<String, Object>, PowerController>> controllers) {
    this.measurement = measurement;
    this.meters = meters;
    this.controllers = controllers;
  }

  /** One step. */
  void measure(CommandSession session, String... words) {
    Invocation call =
        new Invocation(session, Set.of(YES), Set.of(FOR, TIMES, SHORT, LONG, CONTROLLER), words);
    List<String> operands = call.operands;
    String step = operands.isEmpty() ? "" : operands.get(0);
    try {
      switch (step + " " + Math.max(0, operands.size() - 1)) {
        case " 0" -> status(call);
        case "idle 1" -> idle(call, operands.get(1));
        case "sleep 1" -> sleep(call, operands.get(1));
        case "asleep 1" -> {
          measurement.asleep(number(operands.get(1)));
          status(call);
        }
        case "suspend 2" -> {
          measurement.suspend(phase(operands));
          status(call);
        }
        case "resume 2" -> {
          measurement.resume(phase(operands));
          status(call);
        }
        case "print 0" -> print(call, "this-pc");
        case "print 1" -> print(call, operands.get(1));
        case "forget 0" -> {
          measurement.forget();
          status(call);
        }
        default -> throw new UsageException("usage: jettison " + USAGE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw refused("Jettison is being stopped", "measure again");
    }
  }

  // --- steps

  private void idle(Invocation call, String what) throws InterruptedException {
    if (isNumber(what)) {
      measurement.idle(number(what));
    } else {
      EnergyMeter meter = meter(what);
      Duration time = duration(call, FOR, "5min");
      if (what.equals(RAPL)) {
        call.progress()
            .step("rapl counts processors and memory alone, which is not all of this PC");
      }
      call.progress()
          .step("measuring for " + time.toSeconds() + " s: leave this PC alone, screen off");
      double unused = measurement.idle(meter, time).orThrow();
    }
    status(call);
  }

  private void sleep(Invocation call, String what) throws InterruptedException {
    EnergyMeter meter = meter(what);
    if (what.equals(RAPL)) {
      throw refused("rapl counts nothing while the PC sleeps", byHand());
    }
    if (measurement.known().idleWatts().isEmpty()) {
      throw refused("idle power is not known", "measure it first: power measure idle METER|WATTS");
    }
    Entry<String, PowerController> controller = controller(call);
    int times = times(call);
    List<Duration> lengths = List.of(duration(call, SHORT, "30s"), duration(call, LONG, "3min"));
    if (!call.has(YES)) {
      throw refused(
          String.format(
              Locale.ROOT,
              "the controller %s would put this PC to sleep %d times, for %d and %d s in turn",
              controller.getKey(),
              2 * times,
              lengths.get(0).toSeconds(),
              lengths.get(1).toSeconds()),
          "save your work, leave this PC alone, and say --yes");
    }
    for (int i = 0; i < 2 * times; i++) {
      Cycle cycle = measurement.cycle(meter, controller.getValue(), lengths.get(i % 2)).orThrow();
      call.progress()
          .step(
              String.format(
                  Locale.ROOT,
                  "%d of %d: %.1f s, of which the clock stood for %.1f s; %,.0f J",
                  i + 1,
                  2 * times,
                  cycle.seconds(),
                  cycle.seconds() - cycle.runningSeconds(),
                  cycle.joules()));
    }
    status(call);
  }

  private void print(Invocation call, String name) {
    PowerProfile profile = measurement.profile(name).orThrow();
    call.print(
        profile,
        String.format(
            Locale.ROOT,
            """
            # break-even time %.2f s, a cycle %.0f J; for conf/jettison.conf
            [power.profile %s]
            idle.watts = %.2f
            sleep.watts = %.2f
            suspend.seconds = %.2f
            suspend.watts = %.2f
            resume.seconds = %.2f
            resume.watts = %.2f
            """,
            profile.breakEvenSeconds(),
            Equations.cycleJoules(profile),
            profile.name(),
            profile.idleWatts(),
            profile.sleepWatts(),
            profile.suspendSeconds(),
            profile.suspendWatts(),
            profile.resumeSeconds(),
            profile.resumeWatts()));
  }

  private void status(Invocation call) {
    Known known = measurement.known();
    Table table = new Table("WHAT", "MEASURED");
    table.row("idle", known.idleWatts().isPresent() ? watts(known.idleWatts().getAsDouble()) : "-");
    table.row(
        "asleep", known.sleepWatts().isPresent() ? watts(known.sleepWatts().getAsDouble()) : "-");
    table.row("suspend", known.suspend().map(PowerMeasure::phase).orElse("-"));
    table.row("resume", known.resume().map(PowerMeasure::phase).orElse("-"));
    table.row("sleeps", known.cycles().size());
    call.print(known, table + "\n" + next(known));
  }

  private String next(Known known) {
    if (known.idleWatts().isEmpty()) {
      return "next: power measure idle METER, with one of: "
          + String.join(", ", usable())
          + "\n  or, as the display of a plug says: power measure idle WATTS";
    }
    return measurement.profile("this-pc").isDone()
        ? "next: power measure print NAME"
        : "next: power measure sleep METER --yes, which puts this PC to sleep some times\n  or "
            + byHand();
  }

  private static String byHand() {
    return "by hand: power measure asleep WATTS, suspend SECONDS WATTS, resume SECONDS WATTS";
  }

  // --- words

  private List<String> usable() {
    List<String> names =
        meters.stream()
            .map(meter -> Meters.name(meter.getKey()))
            .filter(name -> !name.equals(MODEL))
            .sorted()
            .toList();
    return names.isEmpty() ? List.of("none is here") : names;
  }

  private EnergyMeter meter(String name) {
    if (name.equals(MODEL)) {
      throw refused("the model counts what a profile says", "name a meter that measures");
    }
    return meters.stream()
        .filter(meter -> Meters.name(meter.getKey()).equals(name))
        .map(Entry::getValue)
        .findFirst()
        .orElseThrow(
            () ->
                refused(
                    "there is no meter '" + name + "'",
                    "name one of: "
                        + String.join(", ", usable())
                        + "; or add a section for yours"));
  }

  /** The one named; else the only one that can put this PC to sleep. */
  private Entry<String, PowerController> controller(Invocation call) {
    List<Entry<String, PowerController>> found =
        controllers.stream()
            .map(one -> Map.entry(name(one.getKey()), one.getValue()))
            .filter(
                one -> call.value(CONTROLLER).map(one.getKey()::equals).orElseGet(() -> can(one)))
            .toList();
    if (found.size() != 1) {
      throw refused(
          found.isEmpty()
              ? "there is no such power controller that can put this PC to sleep"
              : "there are several power controllers",
          "see `jettison power check`, or measure " + byHand());
    }
    PowerController controller = found.get(0).getValue();
    for (Finding finding : controller.findings()) {
      if (finding.what().equals("alarm") && finding.state() != Finding.State.OK) {
        throw refused(
            "nothing would wake this PC: " + finding.text(), finding.remedy().orElse(byHand()));
      }
    }
    return found.get(0);
  }

  private static boolean can(Entry<String, PowerController> controller) {
    return controller.getValue().check().isDone();
  }

  private static String name(Map<String, Object> properties) {
    return String.valueOf(properties.get(PowerController.NAME));
  }

  private static int times(Invocation call) {
    String text = call.value(TIMES).orElse("3");
    if (text.matches("\\d{1,3}") && Integer.parseInt(text) > 0) {
      return Math.min(MOST_TIMES, Integer.parseInt(text));
    }
    throw new UsageException(TIMES + " " + text + " is no number of times");
  }

  private static Duration duration(Invocation call, String option, String otherwise) {
    return Quantity.duration(call.value(option).orElse(otherwise)).orThrow();
  }

  private static boolean isNumber(String text) {
    return text.matches("\\d{1,6}(\\.\\d{1,6})?");
  }

  private static double number(String text) {
    if (!isNumber(text)) {
      throw new UsageException("'" + text + "' is no number, such as 38.5");
    }
    return Double.parseDouble(text);
  }

  private static Phase phase(List<String> operands) {
    return new Phase(number(operands.get(1)), number(operands.get(2)));
  }

  private static String phase(Phase phase) {
    return String.format(Locale.ROOT, "%.2f s, %.2f W", phase.seconds(), phase.watts());
  }

  private static String watts(double watts) {
    return String.format(Locale.ROOT, "%.2f W", watts);
  }

  private static RefusedException refused(String reason, String remedy) {
    return new RefusedException(new Refused<>(reason, remedy));
  }
}
