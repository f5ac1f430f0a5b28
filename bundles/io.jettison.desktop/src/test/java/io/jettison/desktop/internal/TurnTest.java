package io.jettison.desktop.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TurnTest {
  private final Turn turn = new Turn();
  private final ExecutorService others = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    others.shutdownNow();
  }

  /** Works ahead until it is interrupted. */
  private Future<Boolean> workAhead() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicBoolean stopped = new AtomicBoolean();
    Future<Boolean> over =
        others.submit(
            () -> {
              turn.ahead(
                  () -> {
                    begun.countDown();
                    try {
                      new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                      stopped.set(true);
                      Thread.currentThread().interrupt();
                    }
                  });
              return stopped.get() && !Thread.currentThread().isInterrupted();
            });
    begun.await();
    return over;
  }

  @Test
  void isOneMoversAtATime() {
    assertThat(turn.tryLock()).isTrue();
    assertThat(turn.tryLock()).isFalse();
    turn.unlock();
    assertThat(turn.tryLock()).isTrue();
  }

  @Test
  void whoWorksAheadGivesWayAndKeepsNoInterrupt() throws Exception {
    Future<Boolean> first = workAhead();
    assertThat(turn.tryLock()).isTrue();
    assertThat(first.get()).isTrue();
    turn.unlock();
    Future<Boolean> second = workAhead();
    turn.lock();
    assertThat(second.get()).isTrue();
  }

  @Test
  void nobodyWorksAheadWhileSomebodyMovesTheVm() {
    turn.lock();
    turn.ahead(() -> assertThat(true).isFalse());
    turn.unlock();
    AtomicBoolean worked = new AtomicBoolean();
    turn.ahead(() -> worked.set(true));
    assertThat(worked).isTrue();
    assertThat(turn.tryLock()).isTrue();
  }

  @Test
  void aMoverWaitsForTheOneBefore() throws Exception {
    turn.lock();
    Future<?> next = others.submit(turn::lock);
    assertThat(next.isDone()).isFalse();
    turn.unlock();
    next.get();
    assertThat(turn.tryLock()).isFalse();
  }
}
