package io.jettison.pc.internal;

import io.jettison.api.Outcome;
import io.jettison.api.power.PowerController;
import io.jettison.api.power.PowerController.WakeReason;
import io.jettison.api.power.PowerController.Waking;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a power controller sleep, and notices when it hangs. A sleep may last for days, and this JVM
 * does not run meanwhile: a controller hangs if neither anything was asked nor it returned while
 * this JVM <em>did</em> run for so many rounds.
 */
final class Sleeper {
  private static final Logger LOG = LoggerFactory.getLogger(Sleeper.class);

  private final Duration round;
  private final int most;

  /**
   * With a patience.
   *
   * @param round how long a round is, while this JVM runs
   * @param most how many of them
   */
  Sleeper(Duration round, int most) {
    this.round = round;
    this.most = most;
  }

  /** Sleeps and wakes; refused if the controller refuses, fails or hangs. */
  Outcome<WakeReason> sleep(Named<PowerController> controller, Duration atMost, Waking waking) {
    CompletableFuture<Outcome<WakeReason>> result = new CompletableFuture<>();
    AtomicLong asked = new AtomicLong();
    Waking counting =
        (reason, packet) -> {
          asked.incrementAndGet();
          boolean again = waking.sleepsAgain(reason, packet);
          asked.incrementAndGet();
          return again;
        };
    Thread thread =
        new Thread(() -> sleep(controller.service(), atMost, counting, result), "jettison-power");
    thread.setDaemon(true);
    thread.start();
    try {
      return await(controller, result, asked, thread);
    } catch (ExecutionException e) {
      controller.fail();
      LOG.error("the {} fails: this PC stays awake until it is replaced", controller, e);
      return Outcome.refused(
          "the " + controller + " failed: " + e.getCause(), "mend or replace its bundle");
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      return Outcome.refused("Jettison is being stopped", "start it again");
    }
  }

  private static void sleep(
      PowerController controller,
      Duration atMost,
      Waking waking,
      CompletableFuture<Outcome<WakeReason>> result) {
    try {
      result.complete(controller.sleep(atMost, waking));
    } catch (Throwable e) { // a bundle that was replaced under it throws errors, too
      result.completeExceptionally(e);
    }
  }

  private Outcome<WakeReason> await(
      Named<PowerController> controller,
      CompletableFuture<Outcome<WakeReason>> result,
      AtomicLong asked,
      Thread thread)
      throws ExecutionException, InterruptedException {
    long seen = 0;
    for (int rounds = 0; rounds < most; rounds++) {
      try {
        return result.get(round.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        if (asked.get() != seen) {
          seen = asked.get();
          rounds = 0;
        }
      }
    }
    controller.fail();
    thread.interrupt();
    LOG.error("the {} hangs: this PC stays awake until it is replaced", controller);
    return Outcome.refused(
        "the " + controller + " neither sleeps nor returns", "mend or replace its bundle");
  }
}
