package io.jettison.lab;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The kinds of VM the lab knows to describe. */
public enum VmKind {
  /** A real Linux guest under QEMU. */
  QEMU("serial.sock"),
  /** The emulated guest that comes with Jettison: needs nothing but a JDK and gcc. */
  EMULATOR("control.sock");

  private final String console;

  VmKind(String console) {
    this.console = console;
  }

  /** As people and configuration write it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The Unix socket in the VM's run folder on which its workload takes commands. */
  String console() {
    return console;
  }

  static Optional<VmKind> named(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
  }
}
