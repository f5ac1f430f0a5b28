package io.jettison.shell.internal;

import io.jettison.api.power.Finding;
import io.jettison.api.power.PowerController;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** How this PC sleeps. */
@Component(
    service = PowerCheck.class,
    property = {"osgi.command.scope=jettison", "osgi.command.function=power"})
public final class PowerCheck {
  private static final String USAGE = "power check [--json], or " + PowerMeasure.USAGE;

  private record Checked(
      String controller, String what, Finding.State state, String text, Optional<String> remedy) {}

  private final BundleContext context;
  private final PowerMeasure measure;

  /** In a framework. */
  @Activate
  public PowerCheck(BundleContext context, @Reference PowerMeasure measure) {
    this.context = context;
    this.measure = measure;
  }

  /** Says what this PC can do, and what to do about what it cannot; or measures it. */
  @Descriptor("checks whether and how this PC can sleep and be woken, or measures its power")
  public void power(CommandSession session, String... words) {
    if (words.length > 0 && words[0].equals("measure")) {
      measure.measure(session, Arrays.copyOfRange(words, 1, words.length));
      return;
    }
    Invocation call = new Invocation(session, words);
    if (!call.operand(USAGE).equals("check")) {
      throw new UsageException("usage: jettison " + USAGE);
    }
    check(call);
  }

  private void check(Invocation call) {
    List<Checked> all = checked();
    Table table = new Table("CONTROLLER", "WHAT", "STATE", "FOUND");
    StringBuilder remedies = new StringBuilder();
    for (Checked one : all) {
      String state = one.state().name().toLowerCase(Locale.ROOT);
      table.row(one.controller(), one.what(), state, one.text());
      one.remedy()
          .ifPresent(to -> remedies.append(one.what()).append(": ").append(to).append('\n'));
    }
    call.print(all, remedies.isEmpty() ? table : table + "\n" + remedies);
  }

  private List<Checked> checked() {
    try {
      List<ServiceReference<PowerController>> controllers =
          new ArrayList<>(context.getServiceReferences(PowerController.class, null));
      controllers.sort(Comparator.comparing(PowerCheck::name));
      List<Checked> all = new ArrayList<>();
      for (ServiceReference<PowerController> reference : controllers) {
        PowerController controller = context.getService(reference);
        if (controller != null) {
          String name = name(reference);
          for (Finding found : controller.findings()) {
            all.add(new Checked(name, found.what(), found.state(), found.text(), found.remedy()));
          }
          boolean unused = context.ungetService(reference);
        }
      }
      return all;
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String name(ServiceReference<PowerController> reference) {
    return String.valueOf(reference.getProperty(PowerController.NAME));
  }
}
