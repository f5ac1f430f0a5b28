package io.jettison.hypervisor.qemu.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Quantity;
import io.jettison.api.hypervisor.VmDefinition;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.hypervisor.VmSpec.Disk;
import io.jettison.api.memory.MemoryMap;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** A section [vm.qemu NAME]. */
@Component(
    configurationPid = "io.jettison.vm.qemu",
    configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = QemuVmDefinition.Config.class, factory = true)
public final class QemuVmDefinition implements VmDefinition {
  private static final long MIB = 1 << 20;
  private static final String READ_ONLY = "read-only";
  private static final String FOLLOWS = "follows";
  private static final String SHARED = "shared";
  private static final String DISK = "disk0";
  private static final Set<String> FORMATS = Set.of(Disk.RAW, "qcow2");
  private static final Map<String, Disk.Kind> MODES =
      Map.of(
          READ_ONLY,
          Disk.Kind.READ_ONLY_EVERYWHERE,
          FOLLOWS,
          Disk.Kind.FOLLOWS,
          SHARED,
          Disk.Kind.SHARED);
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
    @AttributeDefinition(description = "image of the VM's disk")
    String disk() default "";

    /** How the disk gets to the server. */
    @AttributeDefinition(
        name = "disk.mode",
        description =
            "read-only: a raw image, never written, under the same path on both hosts; follows:"
                + " written, its blocks follow the VM; shared: written, on storage both hosts have"
                + " under the same path",
        options = {@Option(READ_ONLY), @Option(FOLLOWS), @Option(SHARED)})
    String disk_mode() default READ_ONLY;

    /** Format of the disk. */
    @AttributeDefinition(
        name = "disk.format",
        description = "format of the image, raw or qcow2; never guessed: a guest can forge it")
    String disk_format() default Disk.RAW;

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
        description = "a QEMU command line to take over in place of cpus, cpu and kernel")
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
    return disks()
        .then(
            disks ->
                memory()
                    .then(
                        memory ->
                            config.arguments().isBlank()
                                ? described(memory, disks)
                                : given(memory, disks)));
  }

  private Outcome<Long> memory() {
    return Quantity.bytes(config.memory())
        .then(
            memory ->
                memory >= MIB && memory % MIB == 0
                    ? Outcome.done(memory)
                    : Outcome.refused("memory is whole MiB", "mend `memory`"));
  }

  private Outcome<List<Disk>> disks() {
    Disk.Kind kind = MODES.get(config.disk_mode());
    if (kind == null) {
      return Outcome.refused(
          "'" + config.disk_mode() + "' is no mode of a disk",
          "set `disk.mode` to read-only, follows or shared");
    }
    if (!FORMATS.contains(config.disk_format())) {
      return Outcome.refused(
          "'" + config.disk_format() + "' is no format of a disk that can move",
          "set `disk.format` to raw or qcow2, and convert the image with `qemu-img convert`");
    }
    if (kind == Disk.Kind.READ_ONLY_EVERYWHERE && !config.disk_format().equals(Disk.RAW)) {
      return Outcome.refused(
          "a read-only disk is raw, not " + config.disk_format(),
          "set `disk.mode` to follows or shared if the VM writes it");
    }
    if (config.disk().isEmpty()) {
      return Outcome.done(List.of());
    }
    Disk disk = new Disk(DISK, config.disk(), kind, config.disk_format(), 0);
    return Disks.check(disk).then(done -> Outcome.done(List.of(disk)));
  }

  private Outcome<VmSpec> given(long memory, List<Disk> disks) {
    return GivenArguments.parse(config.arguments())
        .then(
            arguments -> {
              Map<String, String> settings = network();
              settings.put(Machine.ARGUMENTS, String.join("\n", arguments));
              boolean kvm =
                  arguments.contains("-enable-kvm")
                      || arguments.stream().anyMatch(word -> word.matches(".*\\bkvm\\b.*"));
              settings.put(Machine.ACCELERATOR, kvm ? Accelerator.KVM : Accelerator.TCG);
              return Outcome.done(spec(memory, disks, settings));
            });
  }

  private Outcome<VmSpec> described(long memory, List<Disk> disks) {
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
