package io.jettison.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells whether the guest boots under KVM, by booting it: on some machines {@code /dev/kvm} is
 * there and runs small programs, but not a Linux kernel.
 */
final class KvmProbe {
  static final Path DEVICE = Path.of("/dev/kvm");
  private static final Duration LIMIT = Duration.ofSeconds(15);

  private KvmProbe() {}

  /** Whether the guest's workload comes up. */
  static boolean boots(String binary, Path kernel, Path initrd) throws LabException {
    if (!Files.isWritable(DEVICE)) {
      return false;
    }
    List<String> command = new ArrayList<>(List.of("timeout", "-k", "2", "" + LIMIT.toSeconds()));
    command.addAll(List.of(binary, "-accel", "kvm", "-m", "256", "-nodefaults", "-no-reboot"));
    command.addAll(List.of("-display", "none", "-serial", "stdio"));
    command.addAll(List.of("-kernel", kernel.toString(), "-initrd", initrd.toString()));
    command.addAll(List.of("-append", "console=ttyS0 panic=-1 jettison.cold=1 jettison.hot=1"));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    try {
      Process process = builder.start();
      try (BufferedReader console =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1))) {
        return console.lines().anyMatch(line -> line.startsWith("READY"));
      } finally {
        process.destroy();
      }
    } catch (IOException e) {
      throw new LabException("cannot try KVM", e);
    }
  }
}
