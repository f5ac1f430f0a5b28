package io.jettison.hypervisor.qemu.internal;

import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.Pages;
import io.jettison.uffd.GuestRam;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * QEMU's command line for a VM. Machine, devices and their order must be the same on both hosts and
 * at each return, or the state does not load.
 */
final class Machine {
  static final String MACHINE = "machine";
  static final String ACCELERATOR = "accelerator";
  static final String CPU = "cpu";
  static final String CPUS = "cpus";
  static final String KERNEL = "kernel";
  static final String INITRD = "initrd";
  static final String APPEND = "append";
  static final String BRIDGE = "bridge";
  static final String MAC = "mac";

  /** Given arguments, one a line. */
  static final String ARGUMENTS = "arguments";

  /** What the VMM is started for. */
  enum Role {
    /** To boot the VM. */
    BOOT,
    /** To wait for the VM's return. */
    RETURN,
    /** To wait for the VM on the server, which need not have its kernel. */
    PARTIAL
  }

  /** Of its state QEMU would else send a description as long as what it describes. */
  private static final String COMMON = ",memory-backend=ram,suppress-vmdesc=on";

  private Machine() {}

  static Path serial(VmPlace place) {
    return place.run().resolve("serial.sock");
  }

  static List<String> commandLine(String binary, VmSpec spec, VmPlace place, Role role) {
    List<String> line = new ArrayList<>(List.of(binary));
    line.addAll(List.of("-name", spec.name() + ",debug-threads=on"));
    String given = spec.settings().get(ARGUMENTS);
    if (given == null) {
      described(line, spec, place, role);
    } else {
      line.addAll(GivenArguments.forRole(given.lines().toList(), role));
      line.addAll(List.of("-machine", COMMON.substring(1)));
    }
    for (VmSpec.Disk disk : spec.disks()) {
      line.addAll(List.of("-blockdev", Disks.node(disk, place, role == Role.PARTIAL)));
      line.addAll(List.of("-device", Disks.device(disk)));
    }
    long bytes = Pages.offset(spec.memory().end());
    line.addAll(List.of("-m", "size=" + (bytes >> 20) + "M"));
    String ram = "memory-backend-file,id=ram,share=on,size=" + bytes + ",mem-path=";
    line.addAll(List.of("-object", ram + escaped(GuestRam.file(place).toString())));
    line.addAll(List.of("-qmp", server(QemuVmm.socket(place))));
    if (!spec.settings().getOrDefault(BRIDGE, "").isEmpty()) {
      String tap = "tap,id=jettison-net,script=no,downscript=no,ifname=" + Tap.name(place);
      String card = "virtio-net-pci,netdev=jettison-net,romfile=,mac=" + setting(spec, MAC);
      line.addAll(List.of("-netdev", tap, "-device", card));
    }
    if (role != Role.BOOT) {
      // -S: the state of a VM that ran while it was sent would run as soon as it is loaded
      line.addAll(List.of("-incoming", "defer", "-S"));
    }
    return line;
  }

  private static void described(List<String> line, VmSpec spec, VmPlace place, Role role) {
    line.addAll(List.of("-nodefaults", "-no-user-config", "-display", "none"));
    line.addAll(List.of("-machine", setting(spec, MACHINE) + COMMON));
    line.addAll(List.of("-accel", setting(spec, ACCELERATOR)));
    line.addAll(List.of("-smp", setting(spec, CPUS)));
    line.addAll(List.of("-chardev", "socket,id=serial,server=on,wait=off,path=" + serial(place)));
    line.addAll(List.of("-serial", "chardev:serial"));
    option(line, spec, CPU, "-cpu");
    if (role != Role.PARTIAL) {
      option(line, spec, KERNEL, "-kernel");
      option(line, spec, INITRD, "-initrd");
      option(line, spec, APPEND, "-append");
    }
  }

  private static void option(List<String> line, VmSpec spec, String key, String option) {
    String value = setting(spec, key);
    if (!value.isEmpty()) {
      line.addAll(List.of(option, value));
    }
  }

  private static String setting(VmSpec spec, String key) {
    return spec.settings().getOrDefault(key, "");
  }

  private static String server(Path socket) {
    return "unix:" + socket + ",server=on,wait=off";
  }

  /** QEMU takes a comma as the end of a value. */
  static String escaped(String value) {
    return value.replace(",", ",,");
  }
}
