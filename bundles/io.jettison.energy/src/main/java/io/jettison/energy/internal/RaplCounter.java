package io.jettison.energy.internal;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The processors' own counters, by Linux's power capping framework. Counts packages and memory
 * ({@code dram}); zones inside a package are part of it, {@code psys} holds the packages too.
 *
 * <p>A counter wraps around at {@code max_energy_range_uj}, some hours apart at most, and begins
 * anew after a sleep in S3. Both look alike: a smaller count than before. Taken for the other, a
 * sleep would count up to 262 kJ that nobody used; so what would take more than a kilowatt was a
 * sleep.
 */
final class RaplCounter implements Counter {
  private static final Pattern ZONE = Pattern.compile("intel-rapl:\\d+(:\\d+)?");
  private static final double MICRO = 1e-6;
  private static final double NANOS = 1e9;
  private static final double MOST_WATTS = 1000;

  private final Path root;
  private final LongSupplier nanos;
  private final Map<Path, Long> last = new HashMap<>();
  private long total;
  private long asked;

  /**
   * With a place to look.
   *
   * @param root {@code /sys/class/powercap}
   * @param nanos a clock that need not go on during a sleep
   */
  RaplCounter(Path root, LongSupplier nanos) {
    this.root = root;
    this.nanos = nanos;
    this.asked = nanos.getAsLong();
  }

  @Override
  public double joules() throws IOException {
    List<Path> zones = zones();
    if (zones.isEmpty()) {
      throw new IOException(
          "no RAPL zones in " + root + " (modprobe intel_rapl_msr; virtual machines have none)");
    }
    long now = nanos.getAsLong();
    double mostMicrojoules = MOST_WATTS * (now - asked) / NANOS / MICRO;
    for (Path zone : zones) {
      long count = number(zone.resolve("energy_uj"));
      Long before = last.put(zone, count);
      if (before != null && count >= before) {
        total += count - before;
      } else if (before != null) {
        long wrapped = count + number(zone.resolve("max_energy_range_uj")) - before;
        total += wrapped <= mostMicrojoules ? wrapped : count;
      }
    }
    asked = now;
    return total * MICRO;
  }

  private List<Path> zones() throws IOException {
    try (Stream<Path> entries = Files.list(root)) {
      return entries
          .filter(entry -> ZONE.matcher(entry.getFileName().toString()).matches())
          .filter(RaplCounter::counts)
          .sorted()
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private static boolean counts(Path zone) {
    try {
      String name = Files.readString(zone.resolve("name")).strip();
      return name.startsWith("package") || name.equals("dram");
    } catch (IOException e) {
      return false; // a zone that goes as we look
    }
  }

  private static long number(Path file) throws IOException {
    try {
      return Long.parseLong(Files.readString(file).strip());
    } catch (AccessDeniedException e) {
      throw new IOException("no right to read " + file + " (run as root)", e);
    } catch (NumberFormatException e) {
      throw new IOException(file + " holds no number", e);
    }
  }
}
