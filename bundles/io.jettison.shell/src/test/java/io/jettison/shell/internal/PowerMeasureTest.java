package io.jettison.shell.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.Outcome;
import io.jettison.api.power.EnergyMeter;
import io.jettison.api.power.Finding;
import io.jettison.api.power.PowerController;
import io.jettison.energy.Measurement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A PC in virtual time, whose meter is exact. */
class PowerMeasureTest {
  private static final double SECOND = 1e9;

  private double joules;
  private double always;
  private double running;

  private void spend(double seconds, double watts, boolean runs) {
    joules += seconds * watts;
    always += seconds;
    running += runs ? seconds : 0;
  }

  /** It falls asleep in 2 s at 80 W and wakes in 3 s at 100 W. */
  private final class Sleeping implements PowerController {
    private final List<Long> slept = new ArrayList<>();
    private boolean alarm = true;

    @Override
    public Outcome<String> check() {
      return Outcome.done("sleeps");
    }

    @Override
    public List<Finding> findings() {
      return List.of(
          alarm
              ? Finding.ok("alarm", "wakes")
              : Finding.warning("alarm", "there is no clock", "run as root"));
    }

    @Override
    public Outcome<WakeReason> sleep(Duration atMost) {
      slept.add(atMost.toSeconds());
      spend(2, 80, true);
      spend(atMost.toMillis() / 1e3 - 2, 5, false);
      spend(3, 100, true);
      return Outcome.done(WakeReason.ALARM);
    }
  }

  private final Sleeping controller = new Sleeping();
  private final Console console = new Console(Path.of("/"));
  private final PowerMeasure command =
      new PowerMeasure(
          new Measurement(
              () -> Math.round(running * SECOND),
              () -> Math.round(always * SECOND),
              () -> spend(1, 50, true)),
          List.of(
              Map.entry(Map.of(EnergyMeter.NAME, "shelly", "name", "pc1"), () -> joules),
              Map.entry(Map.of(EnergyMeter.NAME, "rapl"), () -> joules),
              Map.entry(Map.of(EnergyMeter.NAME, "model"), () -> joules)),
          List.of(Map.entry(Map.of(PowerController.NAME, "linux"), controller)));

  private String measure(String... words) {
    command.measure(console.session, words);
    return console.said();
  }

  @Test
  void eachStepSaysTheNext() {
    assertThat(measure()).contains("power measure idle METER, with one of: rapl, shelly pc1");
    assertThat(measure("idle", "shelly pc1"))
        .containsPattern("idle +50.00 W")
        .contains("power measure sleep METER --yes");
    assertThatThrownBy(() -> measure("sleep", "shelly pc1"))
        .hasMessageContaining("put this PC to sleep 6 times, for 30 and 180 s in turn")
        .hasMessageContaining("--yes");
    assertThat(controller.slept).isEmpty();
    assertThat(measure("sleep", "shelly pc1", "--times", "2", "--yes"))
        .containsPattern("asleep +5.00 W")
        .contains("next: power measure print NAME");
    assertThat(controller.slept).containsExactly(30L, 180L, 30L, 180L);
    assertThat(measure("print", "mine"))
        .isEqualTo(
            """
            # break-even time 9.67 s, a cycle 460 J; for conf/jettison.conf
            [power.profile mine]
            idle.watts = 50.00
            sleep.watts = 5.00
            suspend.seconds = 2.00
            suspend.watts = 92.00
            resume.seconds = 3.00
            resume.watts = 92.00
            """);
    assertThat(measure("forget", "--json")).contains("\"idle_watts\":null", "\"cycles\":[]");
  }

  @Test
  void figuresCanBeTypedIn() {
    measure("idle", "61.4");
    measure("asleep", "1.95");
    measure("suspend", "8.38", "107.9");
    assertThatThrownBy(() -> measure("print")).hasMessageContaining("not known");
    measure("resume", "8.58", "121.72");
    assertThat(measure("print", "xps"))
        .contains("break-even time 32.22 s", "[power.profile xps]", "resume.watts = 121.72");
    assertThatThrownBy(() -> measure("asleep", "low")).hasMessageContaining("no number");
    measure("asleep", "70");
    assertThatThrownBy(() -> measure("print")).hasMessageContaining("must draw less");
  }

  @Test
  void whatCannotMeasureIsRefused() {
    assertThatThrownBy(() -> measure("idle", "model")).hasMessageContaining("a profile says");
    assertThatThrownBy(() -> measure("idle", "none")).hasMessageContaining("rapl, shelly pc1");
    assertThatThrownBy(() -> measure("sleep", "shelly pc1", "--yes"))
        .hasMessageContaining("measure it first");
    measure("idle", "50");
    assertThatThrownBy(() -> measure("sleep", "rapl", "--yes"))
        .hasMessageContaining("counts nothing while the PC sleeps");
    assertThatThrownBy(() -> measure("sleep", "shelly pc1", "--controller", "mac", "--yes"))
        .hasMessageContaining("no such power controller");
    controller.alarm = false;
    assertThatThrownBy(() -> measure("sleep", "shelly pc1", "--yes"))
        .hasMessageContaining("nothing would wake this PC: there is no clock");
    assertThat(controller.slept).isEmpty();
    assertThatThrownBy(() -> measure("well")).isInstanceOf(UsageException.class);
  }
}
