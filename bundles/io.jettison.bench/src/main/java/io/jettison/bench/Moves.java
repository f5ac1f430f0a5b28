package io.jettison.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jettison.bench.PlainQemu.Move;
import io.jettison.bench.PlainQemu.Way;
import io.jettison.lab.Cleanup;
import io.jettison.lab.LabException;
import io.jettison.lab.LabHome;
import io.jettison.lab.LabId;
import io.jettison.lab.Namespaces;
import io.jettison.lab.Options;
import io.jettison.lab.Talk;
import io.jettison.lab.VmChoice;
import io.jettison.lab.VmSettings;
import io.jettison.lab.Waiting;
import io.jettison.lab.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.StreamSupport;

/**
 * Stays of a VM that nobody uses meanwhile, beside QEMU's own migration of the same guest over the
 * same network; and all stays but the first beside those without prefetching and kept pages.
 */
final class Moves {
  private static final String DESKTOP = "10.77.0.1";
  private static final String SERVER = "10.77.0.2";
  private static final int PORT = 17_950;
  private static final double MIB = 1 << 20;

  private final LabId id;
  private final LabHome home;
  private final Workspace workspace;
  private final Cleanup cleanup;
  private final Talk talk;
  private final int rounds;
  private final Options options;
  private final String guest;
  private final Duration stay;

  /**
   * Of a guest.
   *
   * @param guest busybox or desktop
   * @param stay how long it is on a host before it moves on
   */
  Moves(
      LabId id,
      LabHome home,
      Workspace workspace,
      Cleanup cleanup,
      Talk talk,
      int rounds,
      String guest,
      Duration stay) {
    this.id = id;
    this.home = home;
    this.workspace = workspace;
    this.cleanup = cleanup;
    this.talk = talk;
    this.rounds = rounds;
    this.guest = guest;
    this.stay = stay;
    this.options = Options.parse(List.of("--vm", "qemu", "--guest", guest, "--no-disk")).orThrow();
  }

  /** Ours beside QEMU's moves, and beside stays without prefetching. */
  void run(Findings findings) throws LabException {
    JsonNode ours = stays(findings);
    if (!(new VmChoice(options, home, talk).choose() instanceof VmSettings.Qemu vm)) {
      throw new LabException("there is no QEMU here to compare with");
    }
    Namespaces network = Namespaces.create(id, cleanup);
    for (Way way : Way.values()) {
      compare(findings, ours, way, peers(network, vm, way, findings));
    }
  }

  /** Ours beside stays without prefetching and kept pages; yields the report of ours. */
  JsonNode stays(Findings findings) throws LabException {
    int stays = Math.max(2, rounds);
    JsonNode ours = lab(stays, List.of());
    JsonNode bare = lab(stays, List.of("--prefetch", "none", "--residuals", "0"));
    later(findings, ours, bare);
    return ours;
  }

  private String name(String figure, String peer) {
    return guest + "_" + figure + "_" + stay.toSeconds() + "s_vs_" + peer;
  }

  /** What became of the faults of stays after the first: those that waited went to the desktop. */
  private void later(Findings findings, JsonNode ours, JsonNode bare) {
    boolean counts = guest.equals("desktop");
    double waits = ofLater(ours, "waits");
    findings.add(
        Ratio.atMost(
            name("later_stays_waits", "all_faults"), waits, ofLater(ours, "faults"), "faults", 0.1),
        counts);
    findings.add(
        Ratio.atMost(
            name("later_stays_waits", "no_prefetch"), waits, ofLater(bare, "waits"), "faults", 0.1),
        counts);
    findings.add(
        Ratio.atMost(
            name("later_stays_sent", "no_prefetch"),
            ofLater(ours, "bytes_to_server") / MIB,
            ofLater(bare, "bytes_to_server") / MIB,
            "MiB",
            1.5),
        counts);
  }

  /** Mean of a figure over all stays but the first. */
  private static double ofLater(JsonNode report, String figure) {
    return StreamSupport.stream(report.path("cycles").spliterator(), false)
        .skip(1)
        .mapToDouble(cycle -> cycle.path(figure).asDouble())
        .average()
        .orElseThrow();
  }

  /** Runs a lab of its own, and yields its report. */
  private JsonNode lab(int cycles, List<String> more) throws LabException {
    Path json = workspace.disk().resolve("lab.json");
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Djettison.lab.home=" + home.folder(),
                "-cp",
                System.getProperty("java.class.path"),
                "io.jettison.lab.Lab"));
    line.addAll(List.of("--vm", "qemu", "--guest", guest, "--idle", "--no-disk"));
    line.addAll(List.of("--stay", Long.toString(stay.toSeconds())));
    line.addAll(List.of("--cycles", Integer.toString(cycles), "--json", json.toString()));
    line.addAll(more);
    try {
      Process process = new ProcessBuilder(line).inheritIO().start();
      cleanup.add(process::destroy);
      if (process.waitFor() != 0) {
        throw new LabException("the lab found something wrong");
      }
      return new ObjectMapper().readTree(Files.readString(json));
    } catch (IOException e) {
      throw new LabException("the lab does not run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted", e);
    }
  }

  /** Moves of QEMU's own: out, back, out and so on. */
  private record Peers(List<Move> out, List<Move> back) {}

  private Peers peers(Namespaces network, VmSettings.Qemu vm, Way way, Findings findings)
      throws LabException {
    Peers peers = new Peers(new ArrayList<>(), new ArrayList<>());
    talk.say("QEMU's " + word(way) + ": booting");
    PlainQemu at = qemu(network.onDesktop(), word(way) + 0, vm, false);
    try {
      at.awaitBoot();
      for (int round = 1; round <= 2 * rounds; round++) {
        boolean out = round % 2 == 1;
        Waiting.pause(stay);
        PlainQemu next =
            qemu(out ? network.onServer() : network.onDesktop(), word(way) + round, vm, true);
        PlainQemu before = at;
        at = next;
        try (before) {
          Move move = before.moveTo(next, "tcp:" + (out ? SERVER : DESKTOP) + ":" + PORT, way);
          (out ? peers.out : peers.back).add(move);
          talk.say(
              "QEMU's %s: down %.1f ms, %.0f ms in all, %.0f MiB"
                  .formatted(
                      word(way), move.downtimeMillis(), move.totalMillis(), move.bytes() / MIB));
        }
      }
      findings.wrong(at.verify());
    } finally {
      at.close();
    }
    return peers;
  }

  private static String word(Way way) {
    return way.name().toLowerCase(Locale.ROOT);
  }

  private PlainQemu qemu(List<String> where, String name, VmSettings.Qemu vm, boolean waits)
      throws LabException {
    return PlainQemu.start(
        id, where, workspace.disk().resolve("qemu-" + name), vm, options, waits, cleanup);
  }

  private void compare(Findings findings, JsonNode ours, Way way, Peers peers) {
    String peer = "qemu_" + word(way);
    boolean postcopy = way == Way.POSTCOPY;
    findings.add(
        Ratio.atMost(
            name("down_out", peer),
            ours.path("medians").path("consolidate_downtime_ms").asDouble(),
            median(peers.out, Move::downtimeMillis),
            "ms",
            1),
        postcopy);
    findings.add(
        Ratio.atMost(
            name("down_back", peer),
            ours.path("medians").path("reintegrate_downtime_ms").asDouble(),
            median(peers.back, Move::downtimeMillis),
            "ms",
            1),
        postcopy);
    findings.add(
        Ratio.atMost(
            name("sent_out", peer),
            ours.path("medians").path("bytes_to_server").asDouble() / MIB,
            median(peers.out, Move::bytes) / MIB,
            "MiB",
            1.0 / 6),
        guest.equals("desktop"));
    findings.add(
        Ratio.atMost(
            name("sent_back", peer),
            ours.path("medians").path("bytes_to_desktop").asDouble() / MIB,
            median(peers.back, Move::bytes) / MIB,
            "MiB",
            1),
        false);
  }

  private static double median(List<Move> moves, ToDoubleFunction<Move> figure) {
    double[] sorted = moves.stream().mapToDouble(figure).toArray();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
