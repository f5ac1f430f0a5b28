package io.jettison.power.linux.internal;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Control groups, such as the user's session, that are frozen before the PC sleeps, and thawed when
 * it resumes in full (Linux, Documentation/admin-guide/cgroup-v2.rst, cgroup.freeze). They are
 * still when the PC wakes: the kernel freezes everything for the sleep.
 */
final class Session {
  private static final Pattern OWN = Pattern.compile("(?m)^0::(/.*)$");
  private static final String ROOT = "sys/fs/cgroup/";

  private final Kernel kernel;
  private final List<String> wanted;

  /** With names of groups, separated by commas. */
  Session(Kernel kernel, String wanted) {
    this.kernel = kernel;
    this.wanted = Kernel.names(wanted);
  }

  /** The groups that can be frozen. */
  List<String> groups() {
    return wanted.stream()
        .filter(group -> !holdsThisProcess(group) && kernel.isWritable(file(group)))
        .toList();
  }

  /** The groups that this process is in, which it cannot freeze without freezing itself. */
  List<String> own() {
    return wanted.stream().filter(this::holdsThisProcess).toList();
  }

  private boolean holdsThisProcess(String group) {
    Optional<String> own =
        kernel
            .read("proc/self/cgroup")
            .map(OWN::matcher)
            .filter(Matcher::find)
            .map(m -> m.group(1));
    return own.isEmpty() || (own.get() + "/").startsWith("/" + group + "/");
  }

  /** How they are kept still. */
  List<Still> stills() {
    return groups().stream().map(this::still).toList();
  }

  private Still still(String group) {
    String file = file(group);
    return new Still(
        group,
        new Still.Write(file, "1"),
        new Still.Write(file, "0"),
        () -> kernel.read(file).filter("0"::equals).isPresent());
  }

  private static String file(String group) {
    return Path.of(ROOT, group, "cgroup.freeze").toString();
  }
}
