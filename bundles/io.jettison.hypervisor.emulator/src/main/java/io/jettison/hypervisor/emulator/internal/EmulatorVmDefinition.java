package io.jettison.hypervisor.emulator.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Quantity;
import io.jettison.api.hypervisor.VmDefinition;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.hypervisor.VmSpec.Disk;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.Pages;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** A section [vm.emulator NAME]. */
@Component(
    configurationPid = "io.jettison.vm.emulator",
    configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = EmulatorVmDefinition.Config.class, factory = true)
public final class EmulatorVmDefinition implements VmDefinition {
  private static final long MIB = 1 << 20;
  private static final String DISK = "disk0";
  private static final String FOLLOWS = "follows";

  /** Pages of guest memory that say what is on the disk. */
  private static final long DISK_TABLE_PAGES = 4;

  /** Its keys. */
  @ObjectClassDefinition(name = "Emulated VM")
  public @interface Config {
    /** Name. */
    @AttributeDefinition(description = "the VM's name")
    String name();

    /** Memory. */
    @AttributeDefinition(description = "the guest's memory, such as 256 MiB")
    String memory() default "256 MiB";

    /** Seed. */
    @AttributeDefinition(description = "what the contents of its pages follow from")
    long seed() default 1;

    /** Cold. */
    @AttributeDefinition(description = "memory with contents that is touched on command only")
    String cold() default "128 MiB";

    /** Hot. */
    @AttributeDefinition(description = "memory that is rewritten in small pieces all the time")
    String hot() default "8 MiB";

    /** Tick. */
    @AttributeDefinition(description = "how often some hot pages are rewritten")
    String tick() default "100 ms";

    /** Pages per tick. */
    @AttributeDefinition(description = "how many hot pages are rewritten each time")
    int per$_$tick() default 4;

    /** Trace. */
    @AttributeDefinition(
        description = "file with lines MICROSECONDS r|w PFN to replay instead; on both hosts")
    String trace() default "";

    /** Disk. */
    @AttributeDefinition(description = "raw image of the VM's disk; its contents are lost")
    String disk() default "";

    /** How the disk gets to the server. */
    @AttributeDefinition(
        name = "disk.mode",
        description = "follows: written, its blocks follow the VM",
        options = {@Option(FOLLOWS)})
    String disk_mode() default FOLLOWS;

    /** Format of the disk. */
    @AttributeDefinition(
        name = "disk.format",
        description = "format of the image",
        options = {@Option(Disk.RAW)})
    String disk_format() default Disk.RAW;
  }

  private final String name;
  private final Outcome<VmSpec> spec;

  /** Reads the section. */
  @Activate
  public EmulatorVmDefinition(Config config) {
    name = config.name();
    spec = read(config);
  }

  private static Outcome<VmSpec> read(Config config) {
    if (!VmSpec.isName(config.name())) {
      return Outcome.refused(
          "'" + config.name() + "' is no name for a VM", "use letters, digits, dots and dashes");
    }
    return Quantity.bytes(config.memory())
        .then(
            memory ->
                Quantity.bytes(config.cold())
                    .then(
                        cold ->
                            Quantity.bytes(config.hot())
                                .then(
                                    hot ->
                                        Quantity.duration(config.tick())
                                            .then(tick -> spec(config, memory, cold, hot, tick)))));
  }

  private static Outcome<VmSpec> spec(
      Config config, long memory, long cold, long hot, Duration tick) {
    if (!config.disk_mode().equals(FOLLOWS) || !config.disk_format().equals(Disk.RAW)) {
      return Outcome.refused(
          "the disk of an emulated VM follows it, and is raw",
          "leave out `disk.mode` and `disk.format`");
    }
    List<Disk> disks =
        config.disk().isBlank()
            ? List.of()
            : List.of(new Disk(DISK, config.disk(), Disk.Kind.FOLLOWS));
    long table =
        Pages.holding(Pages.holding(memory) * Integer.BYTES) + 1 + disks.size() * DISK_TABLE_PAGES;
    if (memory % MIB != 0 || memory < cold + hot + Pages.offset(table)) {
      return Outcome.refused(
          "a memory of "
              + config.memory()
              + " does not hold "
              + config.cold()
              + " cold and "
              + config.hot()
              + " hot pages and their table",
          "raise `memory` to whole MiB beyond their sum");
    }
    if (hot < MIB || cold < MIB || tick.toMillis() < 1) {
      return Outcome.refused(
          "an emulated VM wants 1 MiB of cold and of hot memory and a tick of 1 ms at least",
          "raise `cold`, `hot` or `tick`");
    }
    Map<String, String> settings = new HashMap<>();
    settings.put("seed", Long.toString(config.seed()));
    settings.put("cold", Long.toString(cold / MIB));
    settings.put("hot", Long.toString(hot / MIB));
    settings.put("tick", Long.toString(tick.toMillis()));
    settings.put("per-tick", Integer.toString(config.per$_$tick()));
    if (!config.trace().isBlank()) {
      settings.put("trace", config.trace());
    }
    return Outcome.done(
        new VmSpec(
            config.name(), EmulatorDriver.DRIVER, MemoryMap.ofBytes(memory), disks, settings));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Outcome<VmSpec> spec() {
    return spec;
  }
}
