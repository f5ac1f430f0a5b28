package io.jettison.hypervisor.qemu.internal;

import io.jettison.api.Outcome;
import io.jettison.uffd.Shim;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Finds out what QEMU can run guests with. That {@code /dev/kvm} is there does not say that a guest
 * runs: some hosts have one that carries out small programs but no operating system. So a processor
 * with virtualisation is asked for, and a small guest must boot.
 */
final class Accelerator {
  /** Software emulation; works everywhere. */
  static final String TCG = "tcg";

  /** The processor's virtualisation. */
  static final String KVM = "kvm";

  private static final String GUEST = "/linux-x86-64/bare-guest.elf";
  private static final Path DEVICE = Path.of("/dev/kvm");
  private static final int BOOT_SECONDS = 10;

  private Accelerator() {}

  /** The best that works here. */
  static String find(String binary, Path programs) {
    return hasVirtualisation() && kvm(binary, programs).isDone() ? KVM : TCG;
  }

  private static boolean hasVirtualisation() {
    try {
      return Files.isWritable(DEVICE)
          && Files.readString(Path.of("/proc/cpuinfo")).matches("(?s).*\\b(vmx|svm)\\b.*");
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether a guest without an operating system boots under KVM. */
  static Outcome<String> kvm(String binary, Path programs) {
    if (!Files.isWritable(DEVICE)) {
      return Outcome.refused(
          "there is no " + DEVICE + " this user may open",
          "enable virtualisation and join the group kvm, or set `accelerator = tcg`");
    }
    try {
      Path guest = Shim.extract(Accelerator.class, GUEST, programs);
      Process process = start(binary, guest);
      try {
        return says(process, "READY")
            ? Outcome.done(KVM)
            : Outcome.refused("no guest boots under KVM", "set `accelerator = tcg`");
      } finally {
        process.destroy(); // `timeout` ends its child when it is told to, not when it is killed
      }
    } catch (IOException e) {
      return Outcome.refused("KVM cannot be tried: " + e.getMessage(), "set `accelerator = tcg`");
    }
  }

  private static Process start(String binary, Path guest) throws IOException {
    return new ProcessBuilder(
            List.of(
                // ends by itself whatever becomes of this JVM
                "timeout",
                Integer.toString(BOOT_SECONDS),
                binary,
                "-accel",
                KVM,
                "-m",
                "64",
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-serial",
                "stdio",
                "-kernel",
                guest.toString()))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static boolean says(Process process, String word) throws IOException {
    StringBuilder text = new StringBuilder();
    byte[] bytes = new byte[256];
    for (int length; (length = process.getInputStream().read(bytes)) >= 0; ) {
      text.append(new String(bytes, 0, length, StandardCharsets.US_ASCII));
      if (text.indexOf(word) >= 0) {
        return true;
      }
    }
    try {
      process.waitFor(BOOT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }
}
