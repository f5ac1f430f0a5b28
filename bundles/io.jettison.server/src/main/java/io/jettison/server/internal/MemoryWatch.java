package io.jettison.server.internal;

import io.jettison.api.memory.Pages;
import io.jettison.wire.control.ControlMessage.Standing;
import io.jettison.wire.control.Conversation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends VMs home, the one that takes most first and one at a time, when they take more than the
 * memory they are given, or when the host has so little left that it would begin to swap. On one
 * thread.
 */
final class MemoryWatch {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryWatch.class);
  private static final Path MEMORY = Path.of("/proc/meminfo");

  /** Share of the host's memory that is to stay available: 1/32. */
  private static final int RESERVE = 32;

  /** How long a VM that was sent home may take to go. */
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  private final long capacityPages;
  private final BiConsumer<Guest, String> home;
  private Optional<Guest> asked = Optional.empty();
  private long askedNanos;

  /**
   * Of a server.
   *
   * @param home has a VM sent home, and is told why
   */
  MemoryWatch(long capacityBytes, BiConsumer<Guest, String> home) {
    this.capacityPages = capacityBytes >> Pages.SHIFT;
    this.home = home;
  }

  /**
   * Looks whether there is enough.
   *
   * @param taken pages that each VM takes, those waiting in its prefetch buffer among them
   */
  void look(Map<Guest, Long> taken) {
    if (asked.filter(guest -> !guest.isEnded()).isPresent()
        && System.nanoTime() - askedNanos < PATIENCE_NANOS) {
      return;
    }
    asked = Optional.empty();
    shortage(taken.values())
        .ifPresent(
            why ->
                taken.entrySet().stream()
                    .filter(entry -> mayGo(entry.getKey()))
                    .max(Map.Entry.comparingByValue())
                    .ifPresent(entry -> sendHome(entry.getKey(), why)));
  }

  private static boolean mayGo(Guest guest) {
    return guest.standing() == Standing.RUNNING
        && guest.watchers.stream().anyMatch(Conversation::isOpen);
  }

  private void sendHome(Guest guest, String why) {
    LOG.warn("{} is sent home: {}", guest.key, why);
    asked = Optional.of(guest);
    askedNanos = System.nanoTime();
    home.accept(guest, why);
  }

  private Optional<String> shortage(Collection<Long> taken) {
    long pages = taken.stream().mapToLong(Long::longValue).sum();
    if (pages > capacityPages) {
      return Optional.of(
          "VMs take "
              + (Pages.offset(pages) >> 20)
              + " MiB of the server's "
              + (Pages.offset(capacityPages) >> 20));
    }
    long total = 0;
    long available = Long.MAX_VALUE;
    try {
      for (String line : Files.readAllLines(MEMORY)) {
        if (line.startsWith("MemTotal:")) {
          total = kibibytes(line);
        } else if (line.startsWith("MemAvailable:")) {
          available = kibibytes(line);
        }
      }
    } catch (IOException e) {
      LOG.warn("the host's memory is not known", e);
    }
    return available < total / RESERVE
        ? Optional.of("the server has no more than " + available / 1024 + " MiB left")
        : Optional.empty();
  }

  private static long kibibytes(String line) {
    return Long.parseLong(line.replaceAll("\\D", ""));
  }
}
