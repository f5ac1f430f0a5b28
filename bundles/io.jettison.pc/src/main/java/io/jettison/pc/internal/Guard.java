package io.jettison.pc.internal;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks what others wrote, for no longer than a limit. Who throws or does not return in time is
 * reported, and not asked again. For one caller at a time.
 */
final class Guard implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Guard.class);

  private final Duration limit;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "jettison-pc-guard");
            thread.setDaemon(true);
            return thread;
          });

  Guard(Duration limit) {
    this.limit = limit;
  }

  /** Asks it; empty if it failed, now or earlier. */
  <S, T> Optional<T> ask(Named<S> who, Function<S, T> question) {
    if (who.failed()) {
      return Optional.empty();
    }
    try {
      Future<T> answer = threads.submit(() -> question.apply(who.service()));
      return Optional.of(await(answer));
    } catch (TimeoutException e) {
      failed(who, "it does not return", e);
    } catch (ExecutionException | RuntimeException e) { // an answer that is null among them
      if (!threads.isShutdown()) {
        failed(who, "it throws", e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Optional.empty();
  }

  private <T> T await(Future<T> answer)
      throws TimeoutException, ExecutionException, InterruptedException {
    try {
      return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      answer.cancel(true); // nothing happens if it has returned
    }
  }

  private static void failed(Named<?> who, String how, Exception e) {
    who.fail();
    LOG.error("the {} fails ({}): this PC stays awake until it is replaced", who, how, e);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
