package io.jettison.energy.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootClockTest {
  @Test
  void readsTheUptime(@TempDir Path folder) throws IOException {
    Path uptime = Files.writeString(folder.resolve("uptime"), "14550.94 8290.94\n");
    assertThat(new BootClock(uptime).getAsLong()).isEqualTo(14_550_940_000_000L);
    Files.delete(uptime);
    assertThatThrownBy(() -> new BootClock(uptime).getAsLong())
        .isInstanceOf(UncheckedIOException.class);
  }
}
