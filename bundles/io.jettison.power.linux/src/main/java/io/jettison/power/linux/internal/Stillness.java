package io.jettison.power.linux.internal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps parts of the PC still from before it sleeps until it resumes in full. What cannot be
 * stilled stays as it is: then more than need be is resumed at each wake.
 *
 * <p>A user whose session stays frozen has lost the PC. So before anything is stilled a shell is
 * started that undoes everything when this JVM ends, however that comes about.
 */
final class Stillness {
  private static final Logger LOG = LoggerFactory.getLogger(Stillness.class);
  private static final long LIMIT_SECONDS = 30;

  /**
   * Reads until whoever holds the other end lets go or is gone; then writes values to files. A
   * service manager that ends what is left of a dead JVM must not end this.
   */
  private static final String SWITCH =
      "trap '' HUP INT TERM; cat >/dev/null; while [ $# -gt 1 ]; do echo \"$2\" >\"$1\"; shift 2; done";

  private final Kernel kernel;
  private final List<Still> begun = new ArrayList<>();
  private @Nullable Process deadMansSwitch;

  Stillness(Kernel kernel) {
    this.kernel = kernel;
  }

  /** Stills what can be, in this order. It is undone in the reverse order. */
  void begin(List<Still> wanted) {
    if (wanted.isEmpty()) {
      return;
    }
    try {
      deadMansSwitch = arm(wanted);
    } catch (IOException e) {
      LOG.warn("the PC resumes in full each time: no shell can be started: {}", e.getMessage());
      return;
    }
    for (Still one : wanted) {
      begun.add(one);
      try {
        kernel.write(one.still().file(), one.still().value());
      } catch (IOException e) {
        LOG.warn("{} is not kept still: {}", one.what(), e.getMessage());
      }
    }
  }

  private Process arm(List<Still> wanted) throws IOException {
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", SWITCH, "sh"));
    for (Still one : reversed(wanted)) {
      command.add(kernel.path(one.undo().file()).toString());
      command.add(one.undo().value());
    }
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static List<Still> reversed(List<Still> stills) {
    List<Still> reversed = new ArrayList<>(stills);
    Collections.reverse(reversed);
    return reversed;
  }

  /** Undoes all; returns when that is done. Idempotent. */
  void end() {
    Process undoing = deadMansSwitch;
    deadMansSwitch = null;
    if (undoing == null) {
      return;
    }
    List<Still> ending = reversed(begun);
    begun.clear();
    try {
      undoing.getOutputStream().close();
      // else it might undo what is stilled anew
      if (!undoing.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        LOG.error("the kernel does not return from undoing one of {}", names(ending));
        return;
      }
    } catch (IOException e) {
      undoing.destroy();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ending.forEach(this::undo); // for a switch that somebody killed
  }

  private void undo(Still one) {
    if (one.undone().getAsBoolean()) {
      return;
    }
    try {
      kernel.write(one.undo().file(), one.undo().value());
    } catch (IOException e) {
      LOG.error(
          "{} stays still: {}: write {} to {}",
          one.what(),
          e.getMessage(),
          one.undo().value(),
          kernel.path(one.undo().file()));
    }
  }

  private static List<String> names(List<Still> stills) {
    return stills.stream().map(Still::what).toList();
  }
}
