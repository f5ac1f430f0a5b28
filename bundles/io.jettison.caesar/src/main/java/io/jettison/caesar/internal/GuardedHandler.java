package io.jettison.caesar.internal;

import io.jettison.api.Outcome;
import io.jettison.api.caesar.ContextHandler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A context handler that cannot do harm: each call is a thread of its own, waited for no longer
 * than a limit. Used by one thread at a time, but for the handler's own.
 */
final class GuardedHandler {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedHandler.class);

  /** How far it is with the sleep under way. */
  enum Stage {
    /** It was not told. */
    UNTOLD,
    /** It was told and is prepared. */
    PREPARED,
    /** It was told and failed. */
    FAILED
  }

  /**
   * A call under way.
   *
   * @param what the call, for people
   */
  record Call<T>(GuardedHandler handler, String what, Thread thread, CompletableFuture<T> result) {
    /**
     * Waits for its end; interrupts it if that is too late.
     *
     * @param deadlineNanos of {@link System#nanoTime()}
     */
    Outcome<T> await(long deadlineNanos) {
      try {
        long left = Math.max(0, deadlineNanos - System.nanoTime());
        return Outcome.done(result.get(left, TimeUnit.NANOSECONDS));
      } catch (TimeoutException e) {
        thread.interrupt();
        return handler.failed(what + " has not returned in time", e);
      } catch (ExecutionException e) {
        return handler.failed(what + " failed: " + e.getCause(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        thread.interrupt();
        return handler.failed(what + " was interrupted", e);
      }
    }
  }

  private final ContextHandler handler;
  private final long id;
  private final AtomicBoolean busy = new AtomicBoolean();
  private Stage stage = Stage.UNTOLD;

  GuardedHandler(ContextHandler handler, long id) {
    this.handler = handler;
    this.id = id;
  }

  boolean guards(ContextHandler other) {
    return handler == other;
  }

  Stage stage() {
    return stage;
  }

  void stage(Stage reached) {
    stage = reached;
  }

  /** Calls it and waits. */
  <T> Outcome<T> call(String what, Function<ContextHandler, T> function, Duration limit) {
    return begin(what, function).await(System.nanoTime() + limit.toNanos());
  }

  /** Calls it. */
  <T> Call<T> begin(String what, Function<ContextHandler, T> function) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread = new Thread(() -> run(function, result), "jettison-context-" + this);
    thread.setDaemon(true);
    if (busy.compareAndSet(false, true)) {
      try {
        thread.start();
      } catch (OutOfMemoryError e) { // no more threads
        busy.set(false);
        result.completeExceptionally(e);
      }
    } else {
      result.completeExceptionally(
          new IllegalStateException("it has not returned from an earlier call"));
    }
    return new Call<>(this, what, thread, result);
  }

  private <T> void run(Function<ContextHandler, T> function, CompletableFuture<T> result) {
    T value;
    try {
      value = function.apply(handler);
    } catch (Throwable e) { // a bundle that was replaced under it throws errors, too
      busy.set(false);
      result.completeExceptionally(e);
      return;
    }
    busy.set(false);
    result.complete(value);
  }

  private <T> Outcome<T> failed(String what, Throwable cause) {
    LOG.warn("the handler of context {}: {}", this, what, cause);
    return Outcome.refused(
        "the handler of context " + this + " is no good: " + what,
        "mend its bundle, or remove it: its wakes resume in full");
  }

  @Override
  public String toString() {
    return Contexts.name(id);
  }
}
