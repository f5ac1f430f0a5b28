package io.jettison.itest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The lab as a user starts it. It chooses namespaces or loopback itself. */
class LabIT {
  private static final int CYCLES = 3;

  @Test
  void anEmulatedGuestGoesAndComesHome() throws Exception {
    lab("emulator", "--memory", "512 MiB");
  }

  /** QEMU is in cnf/debian-packages.txt: where it is missing this test is to fail. */
  @Test
  void aLinuxGuestGoesAndComesHome() throws Exception {
    lab("qemu", "--memory", "512 MiB");
  }

  /** Needs root and a kernel that cuts cables, as the README says: it is to fail elsewhere. */
  @Test
  void aPcSleepsWhileItsVmIsAwayAndIsWokenForPages() throws Exception {
    JsonNode report =
        lab(
            "emulator",
            "--memory",
            "512 MiB",
            "--profile",
            "2s-pc",
            "--speedup",
            "20",
            "--residency",
            "microsleep,park,auto",
            "--stay",
            "8");
    List<String> residencies = new ArrayList<>();
    report.path("sleeping").forEach(cycle -> residencies.add(cycle.path("residency").asText()));
    assertThat(residencies).containsExactly("microsleep", "park", "auto");
    assertThat(report.path("cycles").get(0).path("bytes_parked").asLong()).isZero();
    assertThat(report.path("cycles").get(1).path("bytes_parked").asLong()).isPositive();
    assertThat(report.path("microsleeps")).isNotEmpty();
    assertThat(report.path("wakes").asLong()).isPositive();
    assertThat(report.path("energy_used_j").asDouble()).isPositive();
    assertThat(report.path("energy_idle_j").asDouble()).isPositive();
    assertThat(report.path("profile").asText()).isEqualTo("2s-pc");
  }

  private static JsonNode lab(String vm, String... more) throws Exception {
    Path home = Host.distributions().resolve("lab/target/lab");
    Path work = Files.createTempDirectory(Path.of(System.getProperty("jettison.work")), "lab");
    Path report = work.resolve("report.json");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.add("-Djettison.lab.home=" + home);
    command.addAll(List.of("-cp", home.resolve("lib/lab") + "/*", "io.jettison.lab.Lab"));
    command.addAll(List.of("--vm", vm, "--cycles", "" + CYCLES, "--stay", "3"));
    command.addAll(List.of("--json", report.toString()));
    command.addAll(List.of(more));
    Path output = work.resolve("output");
    Process lab =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(lab.waitFor(10, TimeUnit.MINUTES)).as("ends").isTrue();
    } finally {
      lab.destroy();
    }
    assertThat(lab.exitValue()).as(Files.readString(output)).isZero();
    JsonNode read = JsonMapper.builder().build().readTree(report.toFile());
    JsonNode cycles = read.path("cycles");
    assertThat(cycles).hasSize(CYCLES);
    for (JsonNode cycle : cycles) {
      assertThat(cycle.path("bad_pages").asLong(-1)).isZero();
      assertThat(cycle.path("pages_fetched").asLong()).isPositive();
      assertThat(cycle.path("pages_dirty").asLong()).isPositive();
    }
    return read;
  }
}
