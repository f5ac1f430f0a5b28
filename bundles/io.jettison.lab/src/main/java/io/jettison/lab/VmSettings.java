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

  /**
   * The sections of the configuration file that describe it.
   *
   * @param image the disk it writes, if any
   */
  String sections(Options options, Optional<Network.Guest> place, Optional<Image> image);

  /** The lines that describe a disk whose blocks follow the VM. */
  private static String follows(Image image) {
    return "disk = %s\ndisk.mode = follows\ndisk.format = %s\n"
        .formatted(image.file(), image.format().word());
  }

  /**
   * A Linux guest under QEMU.
   *
   * @param disk the system of the desktop guest, which is never written
   */
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
    public String sections(Options options, Optional<Network.Guest> place, Optional<Image> image) {
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
      append = %s%s%s
      %s%s"""
          .formatted(
              accelerator,
              NAME,
              options.memoryBytes(),
              kernel,
              initrd,
              append(options),
              image.isPresent() ? " jettison.disk" : "",
              address,
              image
                  .map(VmSettings::follows)
                  .or(() -> disk.map(path -> "disk = " + path + "\n"))
                  .orElse(""),
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
    public String sections(Options options, Optional<Network.Guest> place, Optional<Image> image) {
      return """
      [vm.emulator %s]
      memory = %d B
      seed = 1
      cold = %d MiB
      hot = %d MiB
      tick = 1 s
      per-tick = 4
      %s"""
          .formatted(
              NAME,
              options.memoryBytes(),
              options.coldMib(),
              options.hotMib(),
              image.map(VmSettings::follows).orElse(""));
    }
  }
}
