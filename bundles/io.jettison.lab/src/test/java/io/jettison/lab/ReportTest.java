package io.jettison.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Client.Health ALIVE = new Client.Health(true, 40, 210, "");

  @Test
  void theReportForMachinesHasTheAgreedKeys() throws Exception {
    JsonNode report = JSON.readTree(report(1, List.of(cycle(20_500_000, 0, ALIVE))).json());
    assertThat(report.path("vm").asText()).isEqualTo("qemu");
    assertThat(report.path("accel").asText()).isEqualTo("tcg");
    assertThat(report.path("ok").asBoolean()).isTrue();
    JsonNode cycle = report.path("cycles").path(0);
    assertThat(cycle.fieldNames())
        .toIterable()
        .contains(
            "consolidate_downtime_ms",
            "reintegrate_downtime_ms",
            "descriptor_bytes",
            "pages_total",
            "pages_resident",
            "pages_fetched",
            "pages_prefetched",
            "pages_zero",
            "pages_kept",
            "pages_dirty",
            "bytes_to_server",
            "bytes_to_desktop",
            "fault_p50_us",
            "fault_p99_us",
            "fault_max_us",
            "bad_pages",
            "disk_blocks_fetched",
            "disk_blocks_dirty",
            "disk_bad_blocks",
            "tcp_alive");
    assertThat(cycle.path("disk_blocks_fetched").asLong()).as("a stay without a disk").isZero();
    assertThat(report.path("disk").asText()).isEqualTo("raw");
    assertThat(report.path("disk_file_system").asText()).isEqualTo("clean");
    assertThat(cycle.path("consolidate_downtime_ms").asDouble()).isEqualTo(20.5);
    assertThat(cycle.path("fault_p50_us").asDouble()).isEqualTo(11.25);
    assertThat(cycle.path("pages_resident").asLong()).isEqualTo(136_000);
    assertThat(cycle.path("tcp_alive").asBoolean()).isTrue();
  }

  @Test
  void withoutAClientNothingIsSaidOfTcp() throws Exception {
    Report report = report(1, List.of(cycle(20_000_000, 0, null)));
    JsonNode cycle = JSON.readTree(report.json()).path("cycles").path(0);
    assertThat(cycle.path("tcp_alive").isNull()).isTrue();
    assertThat(report.problems()).isEmpty();
  }

  @Test
  void mediansAreOfAllCycles() throws Exception {
    Report report =
        report(
            3,
            List.of(
                cycle(30_000_000, 0, ALIVE),
                cycle(10_000_000, 0, ALIVE),
                cycle(20_000_000, 0, ALIVE)));
    JsonNode medians = JSON.readTree(report.json()).path("medians");
    assertThat(medians.path("consolidate_downtime_ms").asDouble()).isEqualTo(20);
    assertThat(report.text()).contains("median").contains("All 3 cycles are clean");
  }

  @Test
  void badPagesALostConnectionAndMissingCyclesAreWrong() {
    Client.Health lost = new Client.Health(false, 40, 0, "reset");
    Report report = report(3, List.of(cycle(1, 2, ALIVE), cycle(1, 0, lost)));
    assertThat(report.problems())
        .containsExactly(
            "cycle 1: 2 bad pages",
            "cycle 2: TCP connection lost: reset",
            "only 2 of 3 cycles came to their end");
    assertThat(report.text()).contains("WRONG: cycle 1: 2 bad pages").doesNotContain("clean");
  }

  @Test
  void whatTheStaySaysOfTheDiskIsReported() throws Exception {
    ObjectNode stay = stay(1).put("blocks_fetched", 31).put("blocks_dirty", 47);
    Cycle cycle = new Cycle(stay, 10, 0.5, 106_496, 0, 1_024, 0, Optional.empty());
    JsonNode json = JSON.readTree(report(1, List.of(cycle)).json());
    assertThat(json.path("cycles").path(0).path("disk_blocks_fetched").asLong()).isEqualTo(31);
    assertThat(json.path("cycles").path(0).path("disk_blocks_dirty").asLong()).isEqualTo(47);
    assertThat(json.path("medians").path("disk_blocks_dirty").asLong()).isEqualTo(47);
  }

  @Test
  void badBlocksAndADamagedFileSystemAreWrong() {
    Cycle bad = new Cycle(stay(1), 10, 0.5, 106_496, 0, 1_024, 3, Optional.empty());
    Report report = report(1, List.of(bad), "disk.raw: 3 errors");
    assertThat(report.problems())
        .containsExactly(
            "cycle 1: 3 bad blocks of the disk",
            "the file system of the disk is damaged: disk.raw: 3 errors");
    assertThat(report(1, List.of(cycle(1, 0, ALIVE)), Image.NONE).problems()).isEmpty();
  }

  @Test
  void aStayThatLacksAFigureIsNotReported() {
    assertThatThrownBy(() -> new Cycle(JSON.createObjectNode(), 1, 1, 1, 0, 0, 0, Optional.empty()))
        .hasMessageContaining("consolidate_nanos");
  }

  private static Report report(int wanted, List<Cycle> cycles) {
    return report(wanted, cycles, Image.CLEAN);
  }

  private static Report report(int wanted, List<Cycle> cycles, String fileSystem) {
    return new Report(
        VmKind.QEMU,
        "tcg",
        "namespaces",
        1L << 30,
        Optional.of(new Report.Disk(DiskFormat.RAW, fileSystem)),
        List.of(),
        wanted,
        cycles,
        List.of());
  }

  private static Cycle cycle(long consolidateNanos, long bad, Client.Health health) {
    return new Cycle(
        stay(consolidateNanos), 10, 0.5, 106_496, bad, 1_024, 0, Optional.ofNullable(health));
  }

  private static ObjectNode stay(long consolidateNanos) {
    return JSON.createObjectNode()
        .put("consolidate_nanos", consolidateNanos)
        .put("reintegrate_nanos", 25_000_000)
        .put("descriptor_bytes", 400_000)
        .put("map_bytes", 4_000)
        .put("pages_total", 262_144)
        .put("pages_populated", 136_000)
        .put("pages_resident", 2_500)
        .put("pages_fetched", 1_000)
        .put("pages_zero", 1_500)
        .put("pages_kept", 250)
        .put("pages_prefetched", 100)
        .put("pages_dirty", 700)
        .put("bytes_to_server", 4_500_000)
        .put("bytes_to_desktop", 3_000_000)
        .put("faults", 2_400)
        .put("waits", 900)
        .put("fault_p50_nanos", 11_250)
        .put("fault_p99_nanos", 44_000)
        .put("fault_max_nanos", 900_000);
  }
}
