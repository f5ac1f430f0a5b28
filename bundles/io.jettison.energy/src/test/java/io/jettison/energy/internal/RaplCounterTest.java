package io.jettison.energy.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a tree as Linux shows it: zones side by side, subzones too. */
class RaplCounterTest {
  private static final long RANGE = 262_143_328_850L;

  @TempDir Path root;
  private final AtomicLong nanos = new AtomicLong();

  @BeforeEach
  void zones() throws IOException {
    Files.createDirectory(root.resolve("intel-rapl"));
    zone("intel-rapl:0", "package-0", 1_000_000);
    zone("intel-rapl:0:0", "core", 500_000);
    zone("intel-rapl:0:1", "dram", 10_000);
    zone("intel-rapl:1", "psys", 7_000_000);
    zone("intel-rapl-mmio:0", "package-0", 1_000_000);
  }

  private void zone(String zone, String name, long microjoules) throws IOException {
    Files.createDirectories(root.resolve(zone));
    Files.writeString(root.resolve(zone).resolve("name"), name + "\n");
    Files.writeString(root.resolve(zone).resolve("max_energy_range_uj"), RANGE + "\n");
    count(zone, microjoules);
  }

  private void count(String zone, long microjoules) throws IOException {
    Files.writeString(root.resolve(zone).resolve("energy_uj"), microjoules + "\n");
  }

  private void pass(long seconds) {
    nanos.addAndGet(seconds * 1_000_000_000L);
  }

  @Test
  void countsPackagesAndMemoryOnceEach() throws IOException {
    RaplCounter counter = new RaplCounter(root, nanos::get);
    double before = counter.joules();
    pass(1);
    for (String other : new String[] {"intel-rapl:0:0", "intel-rapl:1", "intel-rapl-mmio:0"}) {
      count(other, 90_000_000);
    }
    count("intel-rapl:0", 3_500_000);
    count("intel-rapl:0:1", 260_000);
    assertThat(counter.joules() - before).isCloseTo(2.75, within(1e-9));
  }

  @Test
  void followsACounterThatWrapsAround() throws IOException {
    count("intel-rapl:0", RANGE - 1_000_000);
    RaplCounter counter = new RaplCounter(root, nanos::get);
    double before = counter.joules();
    pass(1);
    count("intel-rapl:0", 4_000_000);
    assertThat(counter.joules() - before).isCloseTo(5, within(1e-9));
  }

  @Test
  void takesACounterThatBeganAnewInASleepForWhatItIs() throws IOException {
    count("intel-rapl:0", 200_000_000_000L);
    RaplCounter counter = new RaplCounter(root, nanos::get);
    double before = counter.joules();
    pass(10);
    count("intel-rapl:0", 4_000_000);
    assertThat(counter.joules() - before).isCloseTo(4, within(1e-9));
  }

  @Test
  void saysThatThereAreNoZones() {
    assertThatThrownBy(() -> new RaplCounter(root.resolve("none"), nanos::get).joules())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no RAPL zones");
  }

  @Test
  void saysThatAZoneHoldsNoNumber() throws IOException {
    Files.writeString(root.resolve("intel-rapl:0/energy_uj"), "");
    assertThatThrownBy(() -> new RaplCounter(root, nanos::get).joules())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("holds no number");
  }
}
