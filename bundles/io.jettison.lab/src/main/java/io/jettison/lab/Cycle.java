package io.jettison.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One way out and home, in figures.
 *
 * @param stay what the desktop says of it: the components of a stay in snake_case
 * @param staySeconds how long the VM ran on the server
 * @param returnSeconds how long its return took, most of it while it ran on there
 * @param workloadPages pages the workload verified at home
 * @param badPages pages it found wrong, on the server and at home; must be 0
 * @param workloadBlocks blocks of its files it verified at home; 0 if it has no disk
 * @param badBlocks blocks it found wrong, on the server and at home; must be 0
 * @param connection the client's TCP connection; empty if there is no client
 */
record Cycle(
    JsonNode stay,
    double staySeconds,
    double returnSeconds,
    long workloadPages,
    long badPages,
    long workloadBlocks,
    long badBlocks,
    Optional<Client.Health> connection) {
  private static final double NANOS_PER_MILLI = 1e6;
  private static final long NANOS_PER_MICRO = 1_000;

  /**
   * A cycle.
   *
   * @throws IllegalArgumentException if the stay lacks a figure that the report needs
   */
  Cycle {
    for (Figure figure : Figure.values()) {
      if (figure.needed && !stay.path(figure.component).isIntegralNumber()) {
        throw new IllegalArgumentException("the stay lacks " + figure.component + ": " + stay);
      }
    }
  }

  /** Figures that are taken from the stay as they are, or in another unit. */
  enum Figure {
    CONSOLIDATE_DOWNTIME_MS("consolidate_nanos"),
    REINTEGRATE_DOWNTIME_MS("reintegrate_nanos"),
    DESCRIPTOR_BYTES("descriptor_bytes"),
    MAP_BYTES("map_bytes"),
    PAGES_TOTAL("pages_total"),
    /** The VM's resident memory is what is populated at hand-over, not what the server has. */
    PAGES_RESIDENT("pages_populated"),
    PAGES_ON_SERVER("pages_resident"),
    PAGES_FETCHED("pages_fetched"),
    PAGES_KEPT("pages_kept"),
    PAGES_PREFETCHED("pages_prefetched"),
    PAGES_ZERO("pages_zero"),
    PAGES_DIRTY("pages_dirty"),
    BYTES_TO_SERVER("bytes_to_server"),
    BYTES_PARKED("bytes_parked", false),
    BYTES_TO_DESKTOP("bytes_to_desktop"),
    FAULTS("faults"),
    WAITS("waits"),
    FAULT_P50_US("fault_p50_nanos"),
    FAULT_P99_US("fault_p99_nanos"),
    FAULT_MAX_US("fault_max_nanos"),
    DISK_BLOCKS_FETCHED("blocks_fetched", false),
    DISK_BLOCKS_DIRTY("blocks_dirty", false);

    private final String component;

    /** A stay that says nothing of the others has none. */
    private final boolean needed;

    Figure(String component) {
      this(component, true);
    }

    Figure(String component, boolean needed) {
      this.component = component;
      this.needed = needed;
    }

    /** Its key in the report. */
    String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A figure, in the unit that its name says. */
  double value(Figure figure) {
    long raw = stay.path(figure.component).longValue();
    String name = figure.name();
    return name.endsWith("_MS")
        ? raw / NANOS_PER_MILLI
        : name.endsWith("_US") ? (double) raw / NANOS_PER_MICRO : raw;
  }

  /** What is wrong with it, one line each; empty if nothing is. */
  List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (badPages != 0) {
      problems.add(badPages + " bad pages");
    }
    if (badBlocks != 0) {
      problems.add(badBlocks + " bad blocks of the disk");
    }
    connection
        .filter(health -> !health.alive())
        .ifPresent(health -> problems.add("TCP connection lost: " + health.reason()));
    return problems;
  }

  /** The cycle for machines. */
  ObjectNode json(ObjectMapper mapper) {
    ObjectNode node = mapper.createObjectNode();
    for (Figure figure : Figure.values()) {
      double value = value(figure);
      if (value == Math.rint(value)) {
        node.put(figure.key(), (long) value);
      } else {
        node.put(figure.key(), value);
      }
    }
    node.put("stay_s", staySeconds);
    node.put("return_s", returnSeconds);
    node.put("workload_pages", workloadPages);
    node.put("bad_pages", badPages);
    node.put("workload_blocks", workloadBlocks);
    node.put("disk_bad_blocks", badBlocks);
    node.put("tcp_alive", connection.map(Client.Health::alive).orElse(null));
    node.put("tcp_gap_ms", connection.map(Client.Health::longestGapMillis).orElse(null));
    return node;
  }
}
