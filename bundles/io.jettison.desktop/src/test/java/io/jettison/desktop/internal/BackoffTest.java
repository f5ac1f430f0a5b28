package io.jettison.desktop.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Each failure makes the next wait twice as long. */
class BackoffTest {
  @Test
  void doublesWithEachFailure() {
    AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // a clock of nanoseconds may wrap
    Backoff backoff = new Backoff(Duration.ofNanos(10), now::get);
    assertThat(backoff.mayTry()).isTrue();
    for (int wait = 10; wait <= 160; wait *= 2) {
      backoff.failed();
      now.addAndGet(wait - 1);
      assertThat(backoff.mayTry()).as("1 before %s are over", wait).isFalse();
      now.incrementAndGet();
      assertThat(backoff.mayTry()).as("after %s", wait).isTrue();
    }
  }

  @Test
  void neverWaitsLessForOverflow() {
    AtomicLong now = new AtomicLong();
    Backoff backoff = new Backoff(Duration.ofDays(1), now::get);
    for (int i = 0; i < 100; i++) {
      backoff.failed();
    }
    now.addAndGet(Duration.ofDays(365).toNanos());
    assertThat(backoff.mayTry()).isFalse();
  }
}
