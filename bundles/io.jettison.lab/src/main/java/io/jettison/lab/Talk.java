package io.jettison.lab;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Tells the user what goes on, one line a step. */
public final class Talk {
  private final PrintStream out;
  private final Cleanup cleanup;
  private final long began = System.nanoTime();

  public Talk(PrintStream out, Cleanup cleanup) {
    this.out = out;
    this.cleanup = cleanup;
  }

  /** Text as it is; nothing once the lab is being cleaned up. */
  public void print(String text) {
    if (!cleanup.begun()) {
      out.print(text);
    }
  }

  /** One line, with the time since the start; nothing once the lab is being cleaned up. */
  public void say(String line) {
    if (!cleanup.begun()) {
      double seconds = Duration.ofNanos(System.nanoTime() - began).toMillis() / 1000.0;
      out.println(String.format(Locale.ROOT, "[%6.1f s] %s", seconds, line));
    }
  }
}
