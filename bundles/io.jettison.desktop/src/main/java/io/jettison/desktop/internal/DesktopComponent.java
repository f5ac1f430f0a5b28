package io.jettison.desktop.internal;

import io.jettison.api.Quantity;
import io.jettison.api.activity.ActivitySource;
import io.jettison.api.consolidation.ConsolidationPolicy;
import io.jettison.api.hypervisor.HypervisorDriver;
import io.jettison.api.hypervisor.VmDefinition;
import io.jettison.api.transport.Transport;
import io.jettison.disksrv.Disksrv;
import io.jettison.memsrv.Memsrv;
import io.jettison.vm.Drivers;
import io.jettison.vm.Places;
import io.jettison.vm.Rehearsal;
import io.jettison.vm.VmHost;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** The desktop in the framework: there while transport and page service are. */
@Component(
    service = {},
    immediate = true,
    configurationPid = "io.jettison.desktop",
    configurationPolicy = ConfigurationPolicy.OPTIONAL)
@Designate(ocd = DesktopComponent.Config.class)
public final class DesktopComponent {
  /** Section [desktop]. */
  @ObjectClassDefinition(name = "Desktop")
  public @interface Config {
    /** Name. */
    @AttributeDefinition(description = "this PC's name at the server; empty: its host name")
    String name() default "";

    /** Server. */
    @AttributeDefinition(description = "HOST:PORT of the consolidation server")
    String server() default "";

    /** Busy. */
    @AttributeDefinition(
        description = "percent of one CPU above which a VM counts as used",
        min = "1",
        max = "6400")
    int busy() default 15;

    /** Presending. */
    @AttributeDefinition(
        description =
            "how often changed pages of VMs on the server are fetched ahead of their return, such"
                + " as 60 s; 0 s: never")
    String presend() default "60 s";

    /** Rehearsals. */
    @AttributeDefinition(
        description =
            "how many moves of a VM that nobody uses are rehearsed when the server was met, so that"
                + " the first move of a user's VM is as short as later ones; 0: none",
        min = "0",
        max = "100")
    int rehearsals() default Rehearsals.TIMES;

    /** Compression; read by the page service. */
    @AttributeDefinition(
        description = "whether pages are compressed; auto: while the link is what they wait for",
        options = {@Option("auto"), @Option("always"), @Option("never")})
    String compression() default "auto";
  }

  private final Drivers drivers = new Drivers();
  private final Collection<ActivitySource> sources = new CopyOnWriteArrayList<>();
  private final DesktopHost host;
  private final Consolidator consolidator;
  private final Presender presender;
  private final Residences residences;
  private final Rehearsals rehearsals;
  private final ServiceRegistration<VmHost> registration;
  private final ServiceRegistration<Rehearsal> rehearsal;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile @Nullable ConsolidationPolicy policy;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile @Nullable ResidencyComponent residency;

  /** Takes up the VMs of the journal. */
  @Activate
  public DesktopComponent(
      BundleContext context,
      Config config,
      @Reference(policyOption = ReferencePolicyOption.GREEDY) Transport transport,
      @Reference Memsrv memsrv,
      @Reference Disksrv disksrv)
      throws IOException {
    String name =
        config.name().isBlank() ? InetAddress.getLocalHost().getHostName() : config.name();
    ActivityMonitor activity = new ActivityMonitor(config.busy(), sources);
    Duration presend = Quantity.duration(config.presend()).orThrow();
    Context moves = new Context(name, config.server(), transport, memsrv, disksrv, drivers);
    Places places = Places.of(context::getProperty);
    host = new DesktopHost(moves, places, activity);
    presender = new Presender(host::all, moves, presend);
    consolidator = new Consolidator(host, activity, () -> policy);
    residences =
        new Residences(
            host::all,
            moves,
            () -> residency,
            places.state().resolve("desktop-stays"),
            System::nanoTime);
    rehearsals = new Rehearsals(host, moves, places, activity, config.rehearsals());
    rehearsal = context.registerService(Rehearsal.class, rehearsals, null);
    registration =
        context.registerService(
            VmHost.class, host, FrameworkUtil.asDictionary(Map.of(VmHost.SIDE, "desktop")));
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addDriver(HypervisorDriver driver, Map<String, Object> properties) {
    String name = String.valueOf(properties.get(HypervisorDriver.NAME));
    drivers.add(name, driver);
    host.driverCame(name);
  }

  void removeDriver(HypervisorDriver driver, Map<String, Object> properties) {
    String name = String.valueOf(properties.get(HypervisorDriver.NAME));
    if (drivers.remove(name, driver)) {
      host.driverWent(name);
    }
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addDefinition(VmDefinition definition) {
    host.define(definition);
  }

  void removeDefinition(VmDefinition definition) {
    host.undefine(definition);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addSource(ActivitySource source) {
    sources.add(source);
  }

  void removeSource(ActivitySource source) {
    sources.remove(source);
  }

  @Deactivate
  void close() {
    registration.unregister();
    rehearsal.unregister();
    rehearsals.close();
    consolidator.close();
    presender.close();
    residences.close();
    host.close();
  }
}
