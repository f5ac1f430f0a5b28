package io.jettison.energy.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * Time since boot, sleep included. Java's own clocks will not do: {@link System#nanoTime} stands
 * still while a Linux PC sleeps, and the time of day is set now and then. The kernel tells it in
 * steps of 10 ms; the errors of two moments do not add up over many.
 */
public final class BootClock implements LongSupplier {
  private static final double NANOS = 1e9;

  private final Path uptime;

  BootClock(Path uptime) {
    this.uptime = uptime;
  }

  /** This host's. */
  public static LongSupplier system() {
    Path uptime = Path.of("/proc/uptime");
    return Files.isReadable(uptime) ? new BootClock(uptime) : System::nanoTime;
  }

  /**
   * Nanoseconds since boot.
   *
   * @throws UncheckedIOException if the kernel does not tell, as it always does
   */
  @Override
  public long getAsLong() {
    try {
      String text = Files.readString(uptime);
      return Math.round(Double.parseDouble(text.substring(0, text.indexOf(' '))) * NANOS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
