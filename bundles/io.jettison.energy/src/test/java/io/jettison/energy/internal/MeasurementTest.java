package io.jettison.energy.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.power.PowerController;
import io.jettison.api.power.PowerProfile;
import io.jettison.energy.Measurement;
import io.jettison.energy.Measurement.Cycle;
import io.jettison.energy.Measurement.Phase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A PC in virtual time, with a plug that really is asked over HTTP. The plug answers as a Shelly
 * Plus does, in thousandths of a watt-hour.
 */
class MeasurementTest {
  private static final PowerProfile PC = new PowerProfile("office", 38.5, 1.4, 4, 55, 5, 60);
  private static final double JOULES_PER_WATT_HOUR = 3600;
  private static final long SECOND = 1_000_000_000L;

  /** The PC and its plug. */
  private static final class Pc implements PowerController {
    private double joules = 1e6;
    private long always;
    private long running;
    private long asked;
    private WakeReason reason = WakeReason.ALARM;
    private double wokenAfter = Double.MAX_VALUE;
    private boolean plugged = true;

    synchronized void spend(double seconds, double watts, boolean runs) {
      joules += seconds * watts;
      always += Math.round(seconds * SECOND);
      running += runs ? Math.round(seconds * SECOND) : 0;
    }

    synchronized String answer() {
      asked++;
      notifyAll();
      return plugged
          ? String.format(
              Locale.ROOT, "{\"aenergy\":{\"total\":%.3f}}", joules / JOULES_PER_WATT_HOUR)
          : "{}";
    }

    /** Five seconds go by, and the meter has noticed. */
    synchronized void idles() throws InterruptedException {
      spend(5, PC.idleWatts(), true);
      long before = asked;
      while (asked < before + 2) {
        wait();
      }
    }

    synchronized long always() {
      return always;
    }

    synchronized long running() {
      return running;
    }

    @Override
    public Outcome<String> check() {
      return Outcome.done("sleeps in virtual time");
    }

    @Override
    public synchronized Outcome<WakeReason> sleep(Duration atMost) {
      double length = Math.min(wokenAfter, atMost.toMillis() / 1e3);
      spend(PC.suspendSeconds(), PC.suspendWatts(), true);
      spend(length - PC.suspendSeconds(), PC.sleepWatts(), false);
      spend(PC.resumeSeconds(), PC.resumeWatts(), true);
      return Outcome.done(reason);
    }
  }

  private final Pc pc = new Pc();
  private final Measurement measurement = new Measurement(pc::running, pc::always, pc::idles);
  private HttpServer server;
  private ShellyMeter meter;

  @BeforeEach
  void plug() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/rpc/Switch.GetStatus", this::answer);
    server.start();
    meter =
        new ShellyMeter(
            Configs.of(
                ShellyMeter.Config.class,
                Map.of("address", "127.0.0.1:" + server.getAddress().getPort(), "poll", "1 ms")));
  }

  @AfterEach
  void unplug() {
    meter.close();
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    byte[] bytes = pc.answer().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static void assertRefused(Outcome<?> outcome, String words) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.oneLine()).contains(words));
  }

  private Outcome<Cycle> sleeps(int seconds) throws InterruptedException {
    return measurement.cycle(meter, pc, Duration.ofSeconds(seconds));
  }

  @Test
  void theProfileIsThatOfThePc() throws Exception {
    assertThat(measurement.idle(meter, Duration.ofMinutes(5)).orThrow())
        .isEqualTo(PC.idleWatts(), within(0.1));
    for (int i = 0; i < 3; i++) {
      assertThat(sleeps(30).isDone()).isTrue();
      assertThat(sleeps(180).isDone()).isTrue();
    }
    PowerProfile measured = measurement.profile("mine").orThrow();
    assertThat(measured.name()).isEqualTo("mine");
    assertThat(measured.sleepWatts()).isEqualTo(PC.sleepWatts(), within(0.1));
    assertThat(measured.suspendSeconds()).isEqualTo(PC.suspendSeconds(), within(0.01));
    assertThat(measured.resumeSeconds()).isEqualTo(PC.resumeSeconds(), within(0.01));
    assertThat(measured.breakEvenSeconds()).isEqualTo(PC.breakEvenSeconds(), within(0.5));
  }

  @Test
  void whatSomebodyReadGoesBeforeWhatWasMeasured() throws Exception {
    measurement.idle(PC.idleWatts());
    assertRefused(measurement.profile("mine"), "power asleep");
    boolean once = sleeps(60).isDone();
    assertThat(once).isTrue();
    // of one length alone it cannot be told what is sleep and what is not
    assertRefused(measurement.profile("mine"), "power asleep");
    measurement.asleep(PC.sleepWatts());
    assertThat(measurement.profile("mine").orThrow().breakEvenSeconds())
        .isEqualTo(PC.breakEvenSeconds(), within(0.5));
    measurement.suspend(new Phase(8.38, 107.9));
    measurement.resume(new Phase(8.58, 121.72));
    measurement.asleep(1.95);
    measurement.idle(61.4);
    assertThat(measurement.profile("mine").orThrow().breakEvenSeconds())
        .isEqualTo(32.22, within(0.01));
    measurement.forget();
    assertRefused(measurement.profile("mine"), "idle power");
  }

  @Test
  void aSleepThatTheAlarmDidNotEndDoesNotCount() throws Exception {
    assertRefused(sleeps(60), "idle power is not known");
    measurement.idle(PC.idleWatts());
    pc.reason = PowerController.WakeReason.USER;
    pc.wokenAfter = 20;
    assertRefused(sleeps(60), "USER");
    assertThat(measurement.known().cycles()).isEmpty();
  }

  @Test
  void aControllerThatDoesNotSleepIsFoundOut() throws Exception {
    measurement.idle(PC.idleWatts());
    PowerController feigned =
        new PowerController() {
          @Override
          public Outcome<String> check() {
            return Outcome.done("");
          }

          @Override
          public Outcome<WakeReason> sleep(Duration atMost) {
            pc.spend(atMost.toMillis() / 1e3, PC.idleWatts(), true);
            return Outcome.done(WakeReason.ALARM);
          }
        };
    assertRefused(measurement.cycle(meter, feigned, Duration.ofSeconds(60)), "clock ran on");
  }

  @Test
  void aMeterThatIsSilentIsSaidToBe() throws Exception {
    pc.plugged = false;
    assertRefused(measurement.idle(meter, Duration.ofSeconds(60)), "counts nothing");
  }

  @Test
  void aPcThatSleptMeanwhileWasNotIdle() throws Exception {
    Measurement disturbed =
        new Measurement(
            pc::running,
            pc::always,
            () -> {
              pc.spend(2, PC.sleepWatts(), false);
              pc.idles();
            });
    assertRefused(disturbed.idle(meter, Duration.ofSeconds(60)), "slept meanwhile");
  }
}
