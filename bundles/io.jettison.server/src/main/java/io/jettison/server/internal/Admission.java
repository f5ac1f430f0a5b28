package io.jettison.server.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.memory.Pages;
import java.util.HashMap;
import java.util.Map;

/**
 * Which VMs fit: each is counted with what it is expected to touch or with what it has, whichever
 * is more. Thread-safe.
 */
final class Admission {
  private final long capacityPages;
  private final Map<String, Long> reserved = new HashMap<>();

  /**
   * A server's room.
   *
   * @param capacityBytes memory it may give to partial VMs
   */
  Admission(long capacityBytes) {
    this.capacityPages = capacityBytes >> Pages.SHIFT;
  }

  synchronized Outcome<Nothing> reserve(String key, long pages) {
    long others = 0;
    for (Map.Entry<String, Long> entry : reserved.entrySet()) {
      others += entry.getKey().equals(key) ? 0 : entry.getValue();
    }
    if (others + pages > capacityPages) {
      return Outcome.refused(
          "the server has no room: "
              + mib(others)
              + " of "
              + mib(capacityPages)
              + " MiB are taken, "
              + mib(pages)
              + " more are asked for",
          "bring a VM home, or raise `memory` in [server]");
    }
    reserved.put(key, pages);
    return Outcome.done();
  }

  /** Tells how much a VM has by now. */
  synchronized void grown(String key, long pages) {
    reserved.computeIfPresent(key, (same, before) -> Math.max(before, pages));
  }

  synchronized void free(String key) {
    reserved.remove(key);
  }

  private static long mib(long pages) {
    return pages >> (20 - Pages.SHIFT);
  }
}
