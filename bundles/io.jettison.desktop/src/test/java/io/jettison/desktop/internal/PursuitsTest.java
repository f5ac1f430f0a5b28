package io.jettison.desktop.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.desktop.internal.Pursuits.Goal;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PursuitsTest {
  private static final Duration SHORT = Duration.ofMillis(1);
  private static final Goal GOAL = new Goal("reach", "pc", 1);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Pursuits pursuits = new Pursuits(threads);
  private final AtomicBoolean open = new AtomicBoolean(true);

  @AfterEach
  void end() throws Exception {
    threads.shutdownNow();
    assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  private void pursue(Runnable attempt) {
    pursuits.pursue(GOAL, open::get, attempt, SHORT);
  }

  @Test
  void oneGoalIsPursuedByOneThreadHoweverOftenItIsAskedFor() throws Exception {
    AtomicInteger busy = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch attempts = new CountDownLatch(3);
    Runnable attempt =
        () -> {
          most.accumulateAndGet(busy.incrementAndGet(), Math::max);
          pursue(() -> attempts.countDown()); // as a failed attempt does
          busy.decrementAndGet();
          attempts.countDown();
        };
    for (int i = 0; i < 20; i++) {
      pursue(attempt);
    }
    assertThat(attempts.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(most).hasValue(1);
  }

  @Test
  void whatFailsWithAnExceptionIsTriedAgain() throws Exception {
    CountDownLatch attempts = new CountDownLatch(2);
    pursue(
        () -> {
          attempts.countDown();
          throw new IllegalStateException("not yet");
        });
    assertThat(attempts.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void oneThatIsSetAgainWhileItsPursuitEndsIsReached() {
    for (int i = 0; i < 1000; i++) {
      open.set(true);
      pursue(() -> open.set(false));
      while (open.get()) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void whatNeedNotBeDoneIsNotTried() {
    open.set(false);
    pursue(
        () -> {
          throw new AssertionError();
        });
    threads.shutdown();
    pursue(() -> {});
  }
}
