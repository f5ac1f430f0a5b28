package io.jettison.power.linux.internal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Programs that do not want the PC to sleep, and this one that does not want it to sleep by itself:
 * inhibitor locks of logind (systemd.io/INHIBITOR_LOCKS). Asked and taken by systemd's own {@code
 * busctl} and {@code systemd-inhibit}, which are there wherever logind is: one call for each sleep
 * is not worth a D-Bus library.
 */
final class Inhibitors implements AutoCloseable {
  /** Who does not want the PC to sleep, and why. */
  record Blocking(String who, String why) {
    @Override
    public String toString() {
      return who + ": " + why;
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Inhibitors.class);

  private static final List<String> LIST =
      List.of(
          "busctl",
          "--system",
          "call",
          "org.freedesktop.login1",
          "/org/freedesktop/login1",
          "org.freedesktop.login1.Manager",
          "ListInhibitors");

  private static final List<String> HOLD =
      List.of(
          "systemd-inhibit",
          "--what=idle",
          "--who=Jettison",
          "--why=Jettison decides when this PC sleeps",
          "--mode=block",
          "cat");

  /** what, who, why, mode; then user and process. */
  private static final Pattern LOCK =
      Pattern.compile(
          "(\\S+) (STRING) (STRING) (\\S+) \\d+ \\d+"
              .replace("STRING", "\"(?:[^\"\\\\]|\\\\.)*\""));

  private final Tool tool;
  private @Nullable Process held;

  Inhibitors(Tool tool) {
    this.tool = tool;
  }

  /** Who blocks sleep now; empty if logind does not answer. */
  Optional<List<Blocking>> blocking() {
    return tool.run(LIST).map(Inhibitors::parse);
  }

  private static List<Blocking> parse(String answer) {
    List<Blocking> blocking = new ArrayList<>();
    Matcher lock = LOCK.matcher(answer);
    while (lock.find()) {
      List<String> what = List.of(unquoted(lock.group(1)).split(":", -1));
      // those who only delay a sleep want to hear of it from logind, which has no part in these
      if (what.contains("sleep") && unquoted(lock.group(4)).startsWith("block")) {
        blocking.add(new Blocking(unquoted(lock.group(2)), unquoted(lock.group(3))));
      }
    }
    return blocking;
  }

  private static String unquoted(String text) {
    return text.substring(1, text.length() - 1).replaceAll("\\\\(.)", "$1");
  }

  /** Keeps logind from sleeping because the PC idles, until closed. Idempotent. */
  void hold() {
    if (held != null && held.isAlive()) {
      return;
    }
    try {
      held =
          new ProcessBuilder(HOLD)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      LOG.debug("no inhibitor lock is taken: {}", e.getMessage());
    }
  }

  /** Lets go. The lock also goes with this JVM, whose pipe ends then. */
  @Override
  public void close() {
    if (held != null) {
      try {
        held.getOutputStream().close();
      } catch (IOException e) {
        held.destroy();
      }
      held = null;
    }
  }
}
