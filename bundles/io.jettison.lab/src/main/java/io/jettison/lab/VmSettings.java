package io.jettison.lab;

import java.nio.file.Path;
import java.util.Optional;

/** The VM of the lab, as the configuration of a desktop describes it. */
public sealed interface VmSettings {
  /** Its name. */
  String NAME = "pc";

  /** Kind of VM. */
  VmKind kind();

  /** How its instructions are carried out, for the report: kvm, tcg or none. */
  String accelerator();

  /** The sections of the configuration file that describe it. */
  String sections(Options options, Optional<Network.Guest> place);

  /** A Linux guest under QEMU. */
  record Qemu(Path kernel, Path initrd, Optional<Path> disk, String accelerator)
      implements VmSettings {
    @Override
    public VmKind kind() {
      return VmKind.QEMU;
    }

    /** The kernel's command line. */
    public String append(Options options) {
      return "console=ttyS0 quiet%s jettison.cold=%d jettison.hot=%d jettison.tick=1000 jettison.pertick=4"
          .formatted(
              disk.isPresent() ? " jettison.desktop" : "", options.coldMib(), options.hotMib());
    }

    @Override
    public String sections(Options options, Optional<Network.Guest> place) {
      String network =
          place
              .map(guest -> "bridge = %s\nmac = %s\n".formatted(guest.bridge(), guest.mac()))
              .orElse("");
      String address =
          place
              .map(guest -> " jettison.ip=%s/%d".formatted(guest.address(), guest.prefix()))
              .orElse("");
      return """
      [hypervisor.qemu]
      accelerator = %s

      [vm.qemu %s]
      memory = %d B
      kernel = %s
      initrd = %s
      append = %s%s
      %s%s"""
          .formatted(
              accelerator,
              NAME,
              options.memoryBytes(),
              kernel,
              initrd,
              append(options),
              address,
              disk.map(path -> "disk = " + path + "\n").orElse(""),
              network);
    }
  }

  /** The emulated guest. */
  record Emulator() implements VmSettings {
    @Override
    public VmKind kind() {
      return VmKind.EMULATOR;
    }

    @Override
    public String accelerator() {
      return "none";
    }

    @Override
    public String sections(Options options, Optional<Network.Guest> place) {
      return """
      [vm.emulator %s]
      memory = %d B
      seed = 1
      cold = %d MiB
      hot = %d MiB
      tick = 1 s
      per-tick = 4
      """
          .formatted(NAME, options.memoryBytes(), options.coldMib(), options.hotMib());
    }
  }
}
