package io.jettison.energy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PolledMeterTest {
  private static final double SILENT = -1;

  private static PolledMeter answering(Double... counts) {
    Deque<Double> left = new ArrayDeque<>(List.of(counts));
    return new PolledMeter(
        "test",
        () -> {
          double count = left.removeFirst();
          if (count == SILENT) {
            throw new IOException("no answer");
          }
          return count;
        });
  }

  @Test
  void isNotANumberBeforeTheFirstAnswerAndWhileThereIsNone() {
    try (PolledMeter meter = answering(100.0, 160.0, SILENT, 200.0)) {
      assertThat(meter.joules()).isNaN();
      meter.poll();
      assertThat(meter.joules()).isEqualTo(0);
      meter.poll();
      assertThat(meter.joules()).isEqualTo(60);
      meter.poll();
      assertThat(meter.joules()).isNaN();
      meter.poll();
      assertThat(meter.joules()).isEqualTo(100);
    }
  }

  @Test
  void goesOnWhenTheCounterBeginsAnew() {
    try (PolledMeter meter = answering(500.0, 600.0, 20.0, 50.0)) {
      for (double expected : new double[] {0, 100, 120, 150}) {
        meter.poll();
        assertThat(meter.joules()).isEqualTo(expected);
      }
    }
  }

  @Test
  void isReadWithoutWaitingForTheDevice() throws InterruptedException {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    PolledMeter meter =
        new PolledMeter(
            "test",
            () -> {
              asked.countDown();
              try {
                never.await();
              } catch (InterruptedException e) {
                ended.countDown();
                throw new IOException(e);
              }
              return 1;
            });
    meter.start(Duration.ofMillis(1));
    assertThat(asked.await(1, TimeUnit.MINUTES)).isTrue();
    assertThat(meter.joules()).isNaN();
    meter.close();
    assertThat(ended.await(1, TimeUnit.MINUTES)).isTrue();
  }

  @Test
  void asksAgainAndAgainAlsoAfterAFailure() throws InterruptedException {
    CountDownLatch asked = new CountDownLatch(3);
    try (PolledMeter meter =
        new PolledMeter(
            "test",
            () -> {
              asked.countDown();
              throw new IllegalStateException("broken");
            })) {
      meter.start(Duration.ofMillis(1));
      assertThat(asked.await(1, TimeUnit.MINUTES)).isTrue();
    }
  }
}
