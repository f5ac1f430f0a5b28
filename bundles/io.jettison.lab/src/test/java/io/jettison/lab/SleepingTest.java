package io.jettison.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class SleepingTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Options.Sleep TWENTY = new Options.Sleep("xps7100", "", 20);

  private static final String ENERGY =
      """
      {"accounts": [
        {"kind": "pc", "name": "desktop", "joules": 9, "idle_joules": 9, "server_joules": 0,
         "wakes": 1},
        {"kind": "pc, VMs away", "name": "desktop", "joules": 30, "idle_joules": 120,
         "server_joules": 2, "wakes": 2}]}
      """;

  private static final String WAKES =
      """
      {"timeline": [
        {"at": "2026-01-01T00:00:00Z", "state": "suspending", "reason": "a"},
        {"at": "2026-01-01T00:00:01Z", "state": "asleep", "reason": "a"},
        {"at": "2026-01-01T00:00:03.5Z", "state": "resuming", "reason": "page 7 of pc"},
        {"at": "2026-01-01T00:00:04Z", "state": "awake", "reason": "page 7 of pc"},
        {"at": "2026-01-01T00:00:09Z", "state": "asleep", "reason": "b"}]}
      """;

  private static JsonNode json(String text) throws Exception {
    return JSON.readTree(text);
  }

  @Test
  void timesAndEnergiesAreThoseOfAPcThatIsNotSpedUp() throws Exception {
    Sleeping sleeping = Sleeping.of(TWENTY, json(ENERGY), json(WAKES));
    assertThat(sleeping.microsleeps())
        .as("one that has not ended is none yet")
        .containsExactly(new Sleeping.Microsleep(50, "page 7 of pc"));
    assertThat(sleeping.usedJoules()).isEqualTo(600);
    assertThat(sleeping.idleJoules()).isEqualTo(2400);
    assertThat(sleeping.savedFraction()).isEqualTo(0.75);
    assertThat(sleeping.text()).contains("slept 1 times, 50 s", "woken 2 times", "75.0 % saved");
  }

  @Test
  void machinesAreToldAllOfIt() throws Exception {
    ObjectNode report = JSON.createObjectNode();
    Sleeping.of(TWENTY, json(ENERGY), json(WAKES)).json(report);
    assertThat(report.path("wakes").asLong()).isEqualTo(2);
    assertThat(report.path("energy_server_j").asDouble()).isEqualTo(40);
    assertThat(report.path("profile").asText()).isEqualTo("xps7100");
    assertThat(report.path("residency").asText()).isEqualTo("microsleep");
    assertThat(report.path("microsleeps").get(0).path("seconds").asDouble()).isEqualTo(50);
  }

  @Test
  void aDesktopWithoutAnAccountIsAnError() throws Exception {
    JsonNode none = json("{\"accounts\": []}");
    JsonNode wakes = json(WAKES);
    assertThatThrownBy(() -> Sleeping.of(TWENTY, none, wakes)).isInstanceOf(LabException.class);
  }
}
