package io.jettison.lab;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The formats of a disk's image the lab knows to make. */
public enum DiskFormat {
  /** The disk, byte by byte. */
  RAW,
  /** QEMU's own. */
  QCOW2;

  /** As people and configuration write it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<DiskFormat> named(String word) {
    return Arrays.stream(values()).filter(format -> format.word().equals(word)).findFirst();
  }
}
