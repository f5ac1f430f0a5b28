package io.jettison.shell.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JsonTest {
  private enum Phase {
    AWAY
  }

  private record Inner(long faultP50Nanos) {}

  private record Outer(
      String name,
      Phase phase,
      Optional<Inner> stay,
      Optional<Duration> idle,
      List<Integer> list) {}

  @Test
  void writesRecordsInSnakeCase() {
    Outer outer =
        new Outer(
            "a\"\\\n\u0001", Phase.AWAY, Optional.of(new Inner(7)), Optional.empty(), List.of(1));
    assertThat(Json.of(outer))
        .isEqualTo(
            "{\"name\":\"a\\\"\\\\\\n\\u0001\",\"phase\":\"away\","
                + "\"stay\":{\"fault_p50_nanos\":7},\"idle\":null,\"list\":[1]}");
    assertThat(Json.of(Duration.ofMillis(1500))).isEqualTo("1.5");
  }

  @Test
  void alignsColumns() {
    Table table = new Table("A", "LONG");
    table.row("wide", 1);
    assertThat(table).hasToString("A     LONG\nwide  1\n");
  }
}
