package io.jettison.disksrv.internal;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Recognises files that are images of another format than raw by how they begin. */
final class ForeignFormat {
  /** Bytes of a file that are looked at. */
  static final int HEADER_BYTES = 128;

  private static final Map<String, String> MAGICS =
      Map.of(
          "QFI\u00fb", "qcow2",
          "KDMV", "vmdk",
          "# Disk DescriptorFile", "vmdk",
          "vhdxfile", "vhdx",
          "conectix", "vpc",
          "QED\0", "qed");

  private static final String VDI = "\u007f\u0010\u00da\u00be";
  private static final int VDI_AT = 64;

  private ForeignFormat() {}

  /** The format of a file that begins so, as QEMU calls it. */
  static Optional<String> of(byte[] header) {
    String begin = new String(header, StandardCharsets.ISO_8859_1);
    if (begin.startsWith(VDI, VDI_AT)) {
      return Optional.of("vdi");
    }
    return MAGICS.keySet().stream().filter(begin::startsWith).map(MAGICS::get).findFirst();
  }
}
