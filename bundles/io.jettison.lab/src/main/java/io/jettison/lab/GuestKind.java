package io.jettison.lab;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The Linux guests the lab knows to build. */
public enum GuestKind {
  /** Debian's kernel, busybox and the workload. */
  BUSYBOX,
  /** Debian with xfce, a terminal and an editor, and the workload. */
  DESKTOP;

  /** As people write it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<GuestKind> named(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
  }
}
