package io.jettison.shell.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.api.power.PcDay;
import io.jettison.api.power.PcDay.State;
import io.jettison.api.power.PcDay.Status;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.wake.Need;
import io.jettison.api.wake.WakeListener.End;
import io.jettison.api.wake.WakeListener.Wake;
import io.jettison.energy.Ledger;
import io.jettison.energy.Meters;
import io.jettison.energy.PcState;
import io.jettison.energy.Reading;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.Test;

class PowerCommandsTest {
  private final AtomicLong clock = new AtomicLong(5_000_000_000L);
  private final Ledger ledger = new Ledger(clock::get, 90);
  private final WakeLog log = new WakeLog();
  private final PcDay day =
      new PcDay() {
        @Override
        public Status status() {
          return new Status(
              "pc1",
              State.AWAKE,
              "its wait timer runs",
              Optional.of(Duration.ofMillis(32_200)),
              "adaptive",
              "linux",
              Optional.empty());
        }

        @Override
        public Outcome<PowerProfile> profile() {
          return Outcome.refused("nobody asks", "ask nothing");
        }
      };
  private final Meters meters =
      () -> List.of(new Reading("model", 1234), new Reading("shelly pc1", Double.NaN));
  private final PowerCommands commands = new PowerCommands(log, day, ledger, meters);
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final CommandSession session =
      (CommandSession)
          Proxy.newProxyInstance(
              CommandSession.class.getClassLoader(),
              new Class<?>[] {CommandSession.class},
              (proxy, method, arguments) ->
                  method.getName().equals("getConsole")
                      ? new PrintStream(out, true, StandardCharsets.UTF_8)
                      : null);

  private String said() {
    String text = out.toString(StandardCharsets.UTF_8);
    out.reset();
    return text;
  }

  private void night() {
    ledger.open("pc1", new PowerProfile("test", 50, 5, 2, 80, 3, 100));
    ledger.away("pc1", "work");
    ledger.enter("pc1", PcState.SUSPENDING, "nothing was asked for 6.0 s");
    clock.addAndGet(2_000_000_000L);
    ledger.enter("pc1", PcState.ASLEEP, "nothing was asked for 6.0 s");
    clock.addAndGet(98_000_000_000L);
  }

  @Test
  void aPcShowsItsDay() {
    night();
    commands.wakes(session);
    assertThat(said().lines())
        .satisfiesExactly(
            line ->
                assertThat(line).isEqualTo("pc1 is awake: its wait timer runs; wait timer 32.2 s"),
            line -> assertThat(line).startsWith("WHEN"),
            line -> assertThat(line).endsWith("pc1  suspending  nothing was asked for 6.0 s"),
            line -> assertThat(line).endsWith("pc1  asleep      nothing was asked for 6.0 s"));
    commands.wakes(session, "--json");
    assertThat(said())
        .contains("\"wait_timer\":32.2", "\"state\":\"asleep\"", "\"wakes\":[]", "\"policy\":");
  }

  @Test
  void aServerShowsWhomItWokeAndWhy() {
    Wake page = new Wake(1, "pc1", new Need(Need.Kind.PAGE, "work", 7), true, 0);
    Wake back = new Wake(2, "pc2", new Need(Need.Kind.RETURN, "mail", 0), false, 0);
    log.began(page);
    log.ended(page, End.ANSWERED, 3, 2, Duration.ofMillis(1_500));
    log.began(back);
    commands.wakes(session, "--json");
    assertThat(said())
        .contains(
            "\"need\":\"page 7 of work\",\"selective\":true,\"end\":\"answered\",\"rounds\":3")
        .contains("\"need\":\"return of mail\",\"selective\":false,\"end\":null");
    commands.wakes(session);
    assertThat(said())
        .containsPattern("pc1 +page 7 of work +selective +answered +1.5 s +3 +2")
        .containsPattern("pc2 +return of mail +full +- +- +0 +1");
  }

  @Test
  void itRemembersTheLastThousand() {
    for (int i = 0; i < 1_500; i++) {
      log.began(new Wake(i, "pc1", new Need(Need.Kind.OTHER, "", 0), false, 0));
    }
    assertThat(log.all()).hasSize(1_000);
    Wake forgotten = new Wake(3, "pc1", new Need(Need.Kind.OTHER, "", 0), false, 0);
    log.ended(forgotten, End.GAVE_UP, 9, 1, Duration.ofHours(3));
    assertThat(log.all()).hasSize(1_000).last().extracting(WakeLog.Sent::end).isNotNull();
  }

  @Test
  void energyNamesItsMeterAndOneThatIsSilentSaysNothing() {
    night();
    commands.energy(session);
    String text = said();
    assertThat(text)
        .containsPattern("pc, VMs away +pc1 +100.0 s +650 J +5,000 J +9,000 J +87.0 % +-93.0 %")
        .containsPattern("vm +work +100.0 s +650 J .* - +model")
        .containsPattern("shelly pc1 +does not answer");
    commands.energy(session, "--json");
    assertThat(said())
        .contains("\"kind\":\"vm\",\"name\":\"work\",\"seconds\":100.0,\"joules\":650.0")
        .contains("{\"meter\":\"shelly pc1\",\"joules\":null}");
  }
}
