package io.jettison.hypervisor.qemu.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Quantity;
import io.jettison.api.hypervisor.VmDefinition;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.hypervisor.VmSpec.Disk;
import io.jettison.api.memory.MemoryMap;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** A section [vm.qemu NAME]. */
@Component(
    configurationPid = "io.jettison.vm.qemu",
    configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = QemuVmDefinition.Config.class, factory = true)
public final class QemuVmDefinition implements VmDefinition {
  private static final long MIB = 1 << 20;
  private static final Pattern MAC = Pattern.compile("(?i)([0-9a-f]{2}:){5}[0-9a-f]{2}");

  /** Its keys. */
  @ObjectClassDefinition(name = "VM in QEMU")
  public @interface Config {
    /** Name. */
    @AttributeDefinition(description = "the VM's name")
    String name();

    /** Memory. */
    @AttributeDefinition(description = "the guest's memory, such as 2 GiB")
    String memory() default "1 GiB";

    /** vCPUs. */
    @AttributeDefinition(description = "number of vCPUs")
    int cpus() default 1;

    /** CPU model. */
    @AttributeDefinition(description = "CPU model both hosts can offer; empty: QEMU's default")
    String cpu() default "";

    /** Kernel. */
    @AttributeDefinition(description = "kernel to boot; empty: boot from the disk")
    String kernel() default "";

    /** Initial RAM disk. */
    @AttributeDefinition(description = "initial RAM disk of the kernel")
    String initrd() default "";

    /** Kernel command line. */
    @AttributeDefinition(description = "command line of the kernel")
    String append() default "";

    /** Disk. */
    @AttributeDefinition(
        description = "raw image, never written, under the same path on both hosts")
    String disk() default "";

    /** Bridge. */
    @AttributeDefinition(
        description = "bridge the network card is put in, on both hosts; empty: no network")
    String bridge() default "";

    /** Hardware address. */
    @AttributeDefinition(
        description = "hardware address of the network card; empty: follows from the name")
    String mac() default "";

    /** Arguments. */
    @AttributeDefinition(
        description = "a QEMU command line to take over in place of cpus, cpu, kernel and disk")
    String arguments() default "";
  }

  private final QemuDriver driver;
  private final Config config;

  /** Reads the section. */
  @Activate
  public QemuVmDefinition(@Reference QemuDriver driver, Config config) {
    this.driver = driver;
    this.config = config;
  }

  @Override
  public String name() {
    return config.name();
  }

  @Override
  public Outcome<VmSpec> spec() {
    if (!VmSpec.isName(config.name())) {
      return Outcome.refused(
          "'" + config.name() + "' is no name for a VM", "use letters, digits, dots and dashes");
    }
    if (config.cpus() < 1) {
      return Outcome.refused("a VM without vCPUs", "set `cpus` to 1 or more");
    }
    if (!config.mac().isEmpty() && !MAC.matcher(config.mac()).matches()) {
      return Outcome.refused(
          "'" + config.mac() + "' is no hardware address", "write it as 52:54:00:12:34:56");
    }
    return disk()
        .then(done -> Quantity.bytes(config.memory()))
        .then(
            memory ->
                memory >= MIB && memory % MIB == 0
                    ? Outcome.done(memory)
                    : Outcome.refused("memory is whole MiB", "mend `memory`"))
        .then(memory -> config.arguments().isBlank() ? described(memory) : given(memory));
  }

  private Outcome<Nothing> disk() {
    return config.disk().isEmpty() ? Outcome.done() : RawImage.check(Path.of(config.disk()));
  }

  private Outcome<VmSpec> given(long memory) {
    return GivenArguments.parse(config.arguments())
        .then(
            arguments -> {
              Map<String, String> settings = network();
              settings.put(Machine.ARGUMENTS, String.join("\n", arguments));
              boolean kvm =
                  arguments.contains("-enable-kvm")
                      || arguments.stream().anyMatch(word -> word.matches(".*\\bkvm\\b.*"));
              settings.put(Machine.ACCELERATOR, kvm ? Accelerator.KVM : Accelerator.TCG);
              return Outcome.done(spec(memory, List.of(), settings));
            });
  }

  private Outcome<VmSpec> described(long memory) {
    return driver
        .machine()
        .then(
            machine -> {
              Map<String, String> settings = network();
              settings.put(Machine.MACHINE, machine);
              settings.put(Machine.ACCELERATOR, driver.accelerator());
              settings.put(Machine.CPUS, Integer.toString(config.cpus()));
              settings.put(Machine.CPU, config.cpu());
              settings.put(Machine.KERNEL, config.kernel());
              settings.put(Machine.INITRD, config.initrd());
              settings.put(Machine.APPEND, config.append());
              List<Disk> disks =
                  config.disk().isEmpty()
                      ? List.of()
                      : List.of(new Disk("disk0", config.disk(), Disk.Kind.READ_ONLY_EVERYWHERE));
              return Outcome.done(spec(memory, disks, settings));
            });
  }

  private Map<String, String> network() {
    Map<String, String> settings = new HashMap<>();
    settings.put(Machine.BRIDGE, config.bridge());
    settings.put(Machine.MAC, config.mac().isEmpty() ? macOf(config.name()) : config.mac());
    return settings;
  }

  private static String macOf(String name) {
    CRC32 crc = new CRC32();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    long value = crc.getValue();
    // QEMU's prefix for addresses that somebody chose
    return String.format(
        "52:54:00:%02x:%02x:%02x", value >> 16 & 255, value >> 8 & 255, value & 255);
  }

  private VmSpec spec(long memory, List<Disk> disks, Map<String, String> settings) {
    return new VmSpec(config.name(), QemuDriver.DRIVER, MemoryMap.ofBytes(memory), disks, settings);
  }
}
