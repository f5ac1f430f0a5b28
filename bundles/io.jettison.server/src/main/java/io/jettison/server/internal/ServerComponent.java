package io.jettison.server.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Quantity;
import io.jettison.api.hypervisor.HypervisorDriver;
import io.jettison.api.transport.Transport;
import io.jettison.cownetdisk.Cownetdisk;
import io.jettison.memtap.Memtap;
import io.jettison.residuals.Residuals;
import io.jettison.vm.Drivers;
import io.jettison.vm.HostPort;
import io.jettison.vm.Places;
import io.jettison.vm.VmHost;
import io.jettison.wakeup.RemoteWakeup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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

/** The server in the framework: there while transport and page service are. */
@Component(
    service = {},
    immediate = true,
    configurationPid = "io.jettison.server",
    configurationPolicy = ConfigurationPolicy.OPTIONAL)
@Designate(ocd = ServerComponent.Config.class)
public final class ServerComponent {
  /** Section [server]. */
  @ObjectClassDefinition(name = "Consolidation server")
  public @interface Config {
    /** Port. */
    @AttributeDefinition(description = "HOST:PORT where desktops call, by each transport there is")
    String listen() default "0.0.0.0:7700";

    /** Memory. */
    @AttributeDefinition(
        description = "memory for partial VMs, such as 8 GiB; empty: half of the host's")
    String memory() default "";

    /** VMs parked at a time. */
    @AttributeDefinition(
        min = "0",
        max = "1000",
        description = "how many VMs may be parked at the same time; 0: none is")
    int parks() default 4;

    /** Rate of parking. */
    @AttributeDefinition(
        description =
            "how much of all VMs that are being parked may come per second, such as 100 MiB; 0: as"
                + " much as comes")
    String park_rate() default "0";
  }

  private final Drivers drivers = new Drivers();
  private final ServerHost host;
  private final ServiceRegistration<VmHost> registration;
  private volatile boolean active;

  /** Opens the server's port. */
  @Activate
  public ServerComponent(
      BundleContext context,
      Config config,
      @Reference(
              cardinality = ReferenceCardinality.AT_LEAST_ONE,
              policyOption = ReferencePolicyOption.GREEDY)
          List<Transport> transports,
      @Reference Memtap memtap,
      @Reference Residuals residuals,
      @Reference Cownetdisk cownetdisk)
      throws IOException {
    host =
        new ServerHost(
            Places.of(context::getProperty),
            drivers,
            memtap,
            residuals,
            cownetdisk,
            transports,
            HostPort.parse(config.listen()).orThrow(),
            memory(config.memory()).orThrow(),
            new ParkingLot(config.parks(), rate(config.park_rate()).orThrow(), System::nanoTime));
    registration =
        context.registerService(
            VmHost.class, host, FrameworkUtil.asDictionary(Map.of(VmHost.SIDE, "server")));
    active = true;
  }

  private static Outcome<Long> memory(String configured) throws IOException {
    if (!configured.isBlank()) {
      return Quantity.bytes(configured);
    }
    for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
      if (line.startsWith("MemTotal:")) {
        return Quantity.bytes(line.replaceAll("\\D", "") + " KiB")
            .then(bytes -> Outcome.done(bytes / 2));
      }
    }
    return Outcome.refused(
        "the host's memory is not known", "set `memory` in [server] to a size such as 8 GiB");
  }

  private static Outcome<Long> rate(String configured) {
    return configured.strip().equals("0") ? Outcome.done(0L) : Quantity.bytes(configured);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addDriver(HypervisorDriver driver, Map<String, Object> properties) {
    String name = String.valueOf(properties.get(HypervisorDriver.NAME));
    drivers.add(name, driver);
    if (active) {
      host.driverCame(name);
    }
  }

  void removeDriver(HypervisorDriver driver, Map<String, Object> properties) {
    String name = String.valueOf(properties.get(HypervisorDriver.NAME));
    if (drivers.remove(name, driver)) {
      host.driverWent(name);
    }
  }

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void addWakeup(RemoteWakeup wakeup) {
    host.wakeupCame(wakeup);
  }

  void removeWakeup(RemoteWakeup wakeup) {
    host.wakeupWent(wakeup);
  }

  @Deactivate
  void close() {
    registration.unregister();
    host.close();
  }
}
