package io.jettison.hypervisor.qemu.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A disk image without a format: the only kind that another process may read as it is. */
final class RawImage {
  private static final Map<String, String> MAGICS =
      Map.of("QFI\u00fb", "qcow2", "KDMV", "vmdk", "vhdxfile", "vhdx", "QED\0", "qed");

  private RawImage() {}

  /** Whether the file is one that can be read. */
  static Outcome<Nothing> check(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      String begin = new String(in.readNBytes(8), StandardCharsets.ISO_8859_1);
      for (Map.Entry<String, String> magic : MAGICS.entrySet()) {
        if (begin.startsWith(magic.getKey())) {
          return Outcome.refused(
              "the disk " + file + " is a " + magic.getValue() + " image, not a raw one",
              "set `disk.format`, or convert it with `qemu-img convert -O raw`");
        }
      }
      return Outcome.done();
    } catch (IOException e) {
      return Outcome.refused(
          "the disk " + file + " cannot be read: " + e.getMessage(),
          "put it under the same path on both hosts");
    }
  }
}
