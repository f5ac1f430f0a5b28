package io.jettison.desktop.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EarlierStaysTest {
  @TempDir Path folder;

  @Test
  void theyAreRememberedPerVmAlsoAfterARestart() {
    EarlierStays stays = new EarlierStays(folder.resolve("stays"));
    stays.add("work", Duration.ofMinutes(7));
    stays.add("work", Duration.ofMinutes(9));
    stays.add("play", Duration.ofSeconds(5));
    EarlierStays later = new EarlierStays(folder.resolve("stays"));
    assertThat(later.of("work")).containsExactly(Duration.ofMinutes(7), Duration.ofMinutes(9));
    assertThat(later.of("play")).containsExactly(Duration.ofSeconds(5));
    assertThat(later.of("other")).isEmpty();
  }

  @Test
  void theOldestAreForgotten() {
    EarlierStays stays = new EarlierStays(folder);
    for (int i = 0; i < 100; i++) {
      stays.add("work", Duration.ofSeconds(i));
    }
    assertThat(stays.of("work")).hasSize(64).startsWith(Duration.ofSeconds(36));
  }

  @Test
  void aFileThatIsDamagedCountsForNothing() throws IOException {
    Files.writeString(folder.resolve("work"), "12\nsoon\n");
    assertThat(new EarlierStays(folder).of("work")).isEmpty();
  }
}
