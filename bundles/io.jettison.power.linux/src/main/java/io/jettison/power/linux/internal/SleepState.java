package io.jettison.power.linux.internal;

import io.jettison.api.Outcome;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the PC sleeps (Linux, Documentation/admin-guide/pm/sleep-states.rst). {@code deep} is ACPI
 * S3; in {@code s2idle} processors idle as deeply as they can. Left to itself the kernel takes what
 * the firmware is made for, which is not always the deeper one.
 */
final class SleepState {
  /** The kernel's own choice. */
  static final String AUTO = "auto";

  private static final String STATE = "sys/power/state";
  private static final String MEM_SLEEP = "sys/power/mem_sleep";
  private static final Pattern CHOSEN = Pattern.compile("\\[(\\w+)\\]");

  private final Kernel kernel;
  private final String wanted;

  /** With a wish: {@link #AUTO}, {@code deep} or {@code s2idle}. */
  SleepState(Kernel kernel, String wanted) {
    this.kernel = kernel;
    this.wanted = wanted;
  }

  /** Which it is; refused if the PC has it not. */
  Outcome<String> mode() {
    List<String> states = words(kernel.read(STATE));
    List<String> offered =
        words(kernel.read(MEM_SLEEP).map(text -> text.replaceAll("[\\[\\]]", "")));
    if (!states.contains("mem") || offered.isEmpty()) {
      return Outcome.refused(
          "this PC cannot sleep: /sys/power/state offers "
              + (states.isEmpty() ? "nothing" : String.join(" ", states)),
          "look for sleep, S3 or standby in the firmware's settings; most virtual machines have"
              + " none");
    }
    String mode = wanted.equals(AUTO) ? chosen().orElse(offered.get(0)) : wanted;
    return offered.contains(mode)
        ? Outcome.done(mode)
        : Outcome.refused(
            "this PC has no " + mode + ": /sys/power/mem_sleep offers " + String.join(" ", offered),
            "set `mode` in [power.linux] to auto or to one of these");
  }

  /** What else there is. */
  List<String> others(String mode) {
    return words(kernel.read(MEM_SLEEP).map(text -> text.replaceAll("[\\[\\]]", ""))).stream()
        .filter(other -> !other.equals(mode))
        .toList();
  }

  /** Whether this process may put the PC to sleep. */
  boolean isPermitted() {
    return kernel.isWritable(STATE);
  }

  /** Sleeps; returns after the wake. */
  void enter(String mode) throws IOException {
    kernel.write(MEM_SLEEP, mode);
    kernel.write(STATE, "mem");
  }

  private Optional<String> chosen() {
    return kernel
        .read(MEM_SLEEP)
        .map(CHOSEN::matcher)
        .filter(Matcher::find)
        .map(matcher -> matcher.group(1));
  }

  private static List<String> words(Optional<String> text) {
    return text.map(words -> List.of(words.split("\\s+", -1))).orElse(List.of());
  }
}
