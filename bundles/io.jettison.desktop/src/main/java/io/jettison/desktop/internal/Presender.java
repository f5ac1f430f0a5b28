package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.RefusedException;
import io.jettison.vm.Ownership;
import io.jettison.vm.VmState;
import io.jettison.wire.control.ControlMessage.NextRound;
import io.jettison.wire.control.ControlMessage.Return;
import io.jettison.wire.control.ControlMessage.RoundEnd;
import io.jettison.wire.control.Conversation;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches what changed of VMs on the server now and then, so that less is left for their return.
 * Only of what has not changed again since the time before: an idle VM changes the same pages all
 * the time, and those would be sent in vain.
 */
final class Presender implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Presender.class);

  private final Supplier<Collection<DesktopVm>> vms;
  private final Context context;
  private final Set<String> failing = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "jettison-presend");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * One that works until it is closed.
   *
   * @param every how long to wait between two times; zero: only when asked
   */
  Presender(Supplier<Collection<DesktopVm>> vms, Context context, Duration every) {
    this.vms = vms;
    this.context = context;
    if (!every.isZero()) {
      long millis = every.toMillis();
      var unused = clock.scheduleWithFixedDelay(this::round, millis, millis, TimeUnit.MILLISECONDS);
    }
  }

  private void round() {
    for (DesktopVm vm : vms.get()) {
      if (!clock.isShutdown()) {
        presend(vm);
      }
    }
  }

  /** Fetches what settled of a VM, if it is on the server and nobody moves it. */
  void presend(DesktopVm vm) {
    if (vm.state() == VmState.REMOTE) {
      vm.turn.ahead(
          () -> {
            if (vm.state() == VmState.REMOTE) {
              report(vm, fetch(vm));
            }
          });
    }
  }

  private void report(DesktopVm vm, Outcome<RoundEnd> outcome) {
    if (outcome instanceof Done<RoundEnd> done) {
      failing.remove(vm.name);
      LOG.debug("{}: {} changed pages came ahead", vm.name, done.value().pages());
    } else if (Thread.currentThread().isInterrupted()) {
      LOG.debug("{}: presending gives way", vm.name);
    } else if (outcome instanceof Refused<RoundEnd> refused && failing.add(vm.name)) {
      LOG.info("{}: nothing comes ahead of its return: {}", vm.name, refused.oneLine());
    }
  }

  private Outcome<RoundEnd> fetch(DesktopVm vm) {
    try (Conversation conversation = context.call(vm.ownership().peer()).orThrow()) {
      Outcome<RoundEnd> outcome = Outcome.refused("it failed", "look at the log");
      Staging staging = vm.takeStaging();
      try {
        outcome = converse(conversation, vm.ownership(), staging);
      } finally {
        vm.stay().ifPresent(stay -> stay.cameAhead(conversation.bytesReceived()));
        if (outcome.isDone()) {
          vm.keepStaging(staging);
        } else {
          staging.close();
          Staging.discard(vm);
        }
      }
      return outcome;
    } catch (RefusedException e) {
      return e.refusal().as();
    } catch (IOException | RuntimeException e) {
      return Outcome.refused("presending failed: " + e, "it is tried again");
    }
  }

  private static Outcome<RoundEnd> converse(
      Conversation conversation, Ownership away, Staging staging) throws IOException {
    conversation.onBulk(staging::take);
    conversation.send(new Return(away.vm(), away.epoch(), staging.name()));
    conversation.send(new NextRound(true));
    Outcome<RoundEnd> end = conversation.expect(RoundEnd.class, Reintegration.STOP_PATIENCE);
    if (end.isDone()) {
      staging.settle();
    }
    return end;
  }

  /** Ends, also in the middle of a conversation. */
  @Override
  public void close() {
    clock.shutdownNow();
    try {
      if (!clock.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("presending does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
