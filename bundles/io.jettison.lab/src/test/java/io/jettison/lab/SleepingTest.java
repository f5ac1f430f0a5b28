package io.jettison.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SleepingTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Options.Sleep TWENTY = new Options.Sleep("xps7100", "", 20, List.of("park"));

  private static final String ENERGY =
      """
      {"accounts": [
        {"kind": "pc", "name": "desktop", "joules": 9, "idle_joules": 9, "server_joules": 0,
         "wakes": 1},
        {"kind": "pc, VMs away", "name": "desktop", "joules": 30, "idle_joules": 120,
         "server_joules": 2, "wakes": 2}]}
      """;

  private static final String NONE = "{\"accounts\": []}";

  private static final String SENT =
      """
      {"wakes": [
        {"at": "2026-01-01T00:00:03.25Z", "need": "page 7 of pc", "selective": true,
         "end": "answered", "took": 0.78},
        {"at": "2026-01-01T00:00:05Z", "need": "page 8 of pc", "selective": true, "end": "gave_up",
         "took": 3}]}
      """;

  private static final String WAKES =
      """
      {"pcs": [{"latest": 0.012}],
       "timeline": [
        {"at": "2026-01-01T00:00:00Z", "state": "suspending", "reason": "a"},
        {"at": "2026-01-01T00:00:01Z", "state": "asleep", "reason": "a"},
        {"at": "2026-01-01T00:00:03.5Z", "state": "resuming", "reason": "page 7 of pc"},
        {"at": "2026-01-01T00:00:04Z", "state": "awake", "reason": "page 7 of pc"},
        {"at": "2026-01-01T00:00:09Z", "state": "asleep", "reason": "b"}]}
      """;

  private static Sleeping.Books books(String energy, String at) throws Exception {
    Sleeping.Books now =
        Sleeping.Books.of(JSON.readTree(energy), JSON.readTree(WAKES), JSON.readTree(SENT));
    return new Sleeping.Books(
        now.account(), now.pc(), now.timeline(), now.sent(), Instant.parse(at));
  }

  private static Sleeping sleeping(String before, String at) throws Exception {
    return Sleeping.between(
        TWENTY, "park", books(before, at), books(ENERGY, "2026-01-01T00:01:00Z"));
  }

  @Test
  void timesAndEnergiesAreThoseOfAPcThatIsNotSpedUp() throws Exception {
    Sleeping sleeping = sleeping(NONE, "2025-12-31T23:59:59Z");
    assertThat(sleeping.microsleeps())
        .as("one that has not ended is none yet")
        .containsExactly(new Sleeping.Microsleep(50, "page 7 of pc"));
    assertThat(sleeping.usedJoules()).isEqualTo(600);
    assertThat(sleeping.idleJoules()).isEqualTo(2400);
    assertThat(sleeping.savedFraction()).isEqualTo(0.75);
    assertThat(sleeping.latestMillis()).isEqualTo(12);
    assertThat(sleeping.served()).hasSize(1);
    assertThat(sleeping.served().get(0).tookMillis()).isEqualTo(780);
    assertThat(sleeping.served().get(0).afterMillis())
        .as("of a PC that ran 750 ms after the need")
        .isCloseTo(30, within(0.01));
    assertThat(sleeping.text()).contains("slept 1 times, 50 s", "woken 2 times", "75.0 % saved");
  }

  @Test
  void machinesAreToldAllOfIt() throws Exception {
    ObjectNode report = JSON.createObjectNode();
    sleeping(NONE, "2025-12-31T23:59:59Z").json(report);
    assertThat(report.path("wakes").asLong()).isEqualTo(2);
    assertThat(report.path("energy_server_j").asDouble()).isEqualTo(40);
    assertThat(report.path("profile").asText()).isEqualTo("xps7100");
    assertThat(report.path("residency").asText()).isEqualTo("park");
    assertThat(report.path("microsleeps").get(0).path("seconds").asDouble()).isEqualTo(50);
  }

  @Test
  void whatWasBeforeDoesNotCount() throws Exception {
    String before =
        ENERGY.replace("30", "10").replace("120", "20").replace("\"wakes\": 2", "\"wakes\": 1");
    Sleeping sleeping = sleeping(before, "2026-01-01T00:00:02Z");
    assertThat(sleeping.microsleeps()).isEmpty();
    assertThat(sleeping.wakes()).isEqualTo(1);
    assertThat(sleeping.usedJoules()).isEqualTo(400);
    assertThat(sleeping.idleJoules()).isEqualTo(2000);
    Sleeping twice = Sleeping.sum(List.of(sleeping, sleeping));
    assertThat(twice.usedJoules()).isEqualTo(800);
    assertThat(twice.residency()).isEqualTo("park");
  }

  @Test
  void aDesktopWithoutAnAccountIsAnError() throws Exception {
    Sleeping.Books none = books(NONE, "2026-01-01T00:01:00Z");
    assertThatThrownBy(() -> Sleeping.between(TWENTY, "park", none, none))
        .isInstanceOf(LabException.class);
  }
}
