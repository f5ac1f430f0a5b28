package io.jettison.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What it takes that a host sleeps as a PC does. */
final class EmulatedPc {
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");
  private static final int MAJOR = 6;
  private static final int MINOR = 6;

  private EmulatedPc() {}

  /** What is missing on this machine; one line. */
  static Optional<String> obstacle() {
    if (!Files.isWritable(Path.of("/proc/sys/kernel/hostname"))) {
      return Optional.of("that needs root");
    }
    if (!hasCgroups()) {
      return Optional.of("that needs a kernel with cgroups of version 2");
    }
    return kernel(System.getProperty("os.version"));
  }

  private static boolean hasCgroups() {
    try {
      return Files.readString(Path.of("/proc/filesystems")).contains("cgroup2");
    } catch (IOException e) {
      return false;
    }
  }

  /** To cut a cable takes eBPF programs at a link's ends (tcx). */
  static Optional<String> kernel(String version) {
    Matcher found = VERSION.matcher(version);
    boolean enough =
        found.matches()
            && (number(found, 1) > MAJOR
                || (number(found, 1) == MAJOR && number(found, 2) >= MINOR));
    return enough
        ? Optional.empty()
        : Optional.of("that needs Linux " + MAJOR + "." + MINOR + ", and this is " + version);
  }

  private static int number(Matcher found, int group) {
    return Integer.parseInt(found.group(group));
  }
}
