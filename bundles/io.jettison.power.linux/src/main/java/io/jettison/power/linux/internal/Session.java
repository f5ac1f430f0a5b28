package io.jettison.power.linux.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What of the PC stays still in a selective resume: control groups, such as the user's session
 * (Linux, Documentation/admin-guide/cgroup-v2.rst, cgroup.freeze). They are frozen before the PC
 * sleeps, and thawed when it resumes in full.
 *
 * <p>A user whose session stays frozen has lost the PC. So before anything is frozen a shell is
 * started that thaws everything when this JVM ends, however that comes about.
 */
final class Session {
  private static final Pattern OWN = Pattern.compile("(?m)^0::(/.*)$");
  private static final String ROOT = "sys/fs/cgroup/";

  /** Reads until whoever holds the other end lets go or is gone. */
  private static final String SWITCH = "cat >/dev/null; for group; do echo 0 >\"$group\"; done";

  private final Kernel kernel;
  private final List<String> wanted;
  private @Nullable Process deadMansSwitch;

  /** With names of groups, separated by commas. */
  Session(Kernel kernel, String wanted) {
    this.kernel = kernel;
    this.wanted =
        Arrays.stream(wanted.split(",", -1)).map(String::strip).filter(n -> !n.isEmpty()).toList();
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

  /**
   * Freezes them. They are still when the PC wakes: the kernel freezes everything for the sleep.
   *
   * @throws IOException if they could not; nothing is frozen then
   */
  void freeze() throws IOException {
    List<String> groups = groups();
    if (groups.isEmpty()) {
      return;
    }
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", SWITCH, "sh"));
    groups.forEach(group -> command.add(kernel.path(file(group)).toString()));
    deadMansSwitch =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      for (String group : groups) {
        kernel.write(file(group), "1");
      }
    } catch (IOException e) {
      thaw();
      throw e;
    }
  }

  /** Thaws them; returns when that is done. Idempotent. */
  void thaw() {
    Process thawing = deadMansSwitch;
    deadMansSwitch = null;
    if (thawing == null) {
      return;
    }
    try {
      thawing.getOutputStream().close();
      // else it might thaw what is frozen anew
      int unused = thawing.waitFor();
    } catch (IOException e) {
      thawing.destroy();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (String group : groups()) {
      try {
        kernel.write(file(group), "0"); // for a switch that somebody killed
      } catch (IOException e) {
        throw new IllegalStateException(group + " does not thaw", e);
      }
    }
  }

  private static String file(String group) {
    return Path.of(ROOT, group, "cgroup.freeze").toString();
  }
}
