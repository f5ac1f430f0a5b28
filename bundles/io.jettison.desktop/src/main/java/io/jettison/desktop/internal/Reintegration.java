package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.RefusedException;
import io.jettison.api.hypervisor.HypervisorDriver;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.ReturningVm;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.vm.Lifecycle.Event;
import io.jettison.vm.Ownership.Phase;
import io.jettison.vm.Stay;
import io.jettison.vm.VmHost.Progress;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.NextRound;
import io.jettison.wire.control.ControlMessage.Release;
import io.jettison.wire.control.ControlMessage.Resume;
import io.jettison.wire.control.ControlMessage.Return;
import io.jettison.wire.control.ControlMessage.RoundEnd;
import io.jettison.wire.control.ControlMessage.Running;
import io.jettison.wire.control.ControlMessage.Saved;
import io.jettison.wire.control.ControlMessage.Stop;
import io.jettison.wire.control.Conversation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ReadableByteChannel;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One return of a VM (Bila et al. 2015, §4.2). Until {@link Phase#COMMITTED} is durable any failure
 * leaves the VM on the server; from then on it is finished here, after a crash by {@link Recovery}.
 */
final class Reintegration {
  private static final Logger LOG = LoggerFactory.getLogger(Reintegration.class);

  /**
   * After a round of so few pages the VM is stopped: 1024 pages take 35 ms at 1 Gb/s, in which an
   * idle VM changes little, and what it does change would travel once more with another round.
   */
  private static final long FEW_PAGES = 1024;

  private static final int MAX_ROUNDS = 5;

  /** A vCPU that waits for a page stops only once it has it. */
  static final Duration STOP_PATIENCE = Duration.ofMinutes(5);

  private final Context context;
  private final DesktopVm vm;
  private final Progress progress;
  private final Executor background;
  private final VmSpec spec;
  private final String peer;
  private final long epoch;
  private final StayLedger stay;
  private boolean stopping;

  /** To be made and run in the VM's turn. */
  Reintegration(Context context, DesktopVm vm, Progress progress, Executor background) {
    this.context = context;
    this.vm = vm;
    this.progress = progress;
    this.background = background;
    this.spec = vm.ownership().spec().orElseThrow();
    this.peer = vm.ownership().peer();
    this.epoch = vm.ownership().epoch();
    this.stay = vm.stay().orElseGet(() -> new StayLedger(epoch, spec.memory().pages()));
  }

  /** Brings the VM home; yields what its stay was like. */
  Outcome<Stay> run() {
    vm.happened(Event.COME_HOME);
    vm.stay(stay);
    try {
      progress.step("calling " + peer);
      HypervisorDriver driver = context.drivers().get(spec.driver()).orThrow();
      CompletableFuture<Outcome<ReturningVm>> waiting =
          CompletableFuture.supplyAsync(() -> driver.prepareReturn(spec, vm.place), background);
      Outcome<Stay> outcome = withServer(waiting);
      if (!outcome.isDone()) {
        CompletableFuture<Void> unused =
            waiting.thenAccept(prepared -> prepared.then(Reintegration::discard));
      }
      return outcome;
    } catch (RefusedException e) {
      return stayThere(null, e.refusal().as());
    } catch (CancellationException e) {
      return stayThere(null, cancelled());
    }
  }

  private static Outcome<Stay> cancelled() {
    return Outcome.refused("the return was cancelled", "the VM goes on on the server");
  }

  private static Outcome<Nothing> discard(ReturningVm returning) {
    returning.discard();
    return Outcome.done();
  }

  private Outcome<Stay> withServer(CompletableFuture<Outcome<ReturningVm>> waiting) {
    try (Conversation conversation = context.call(peer).orThrow();
        Staging staging = vm.takeStaging()) {
      return converse(conversation, staging, waiting);
    } catch (RefusedException e) {
      return stayThere(null, e.refusal().as());
    } catch (IOException e) {
      return stayThere(null, failed(e));
    }
  }

  private Outcome<Stay> failed(Exception e) {
    LOG.error("the return of {} failed", vm.name, e);
    return Outcome.refused("the return failed: " + e, "look at the log");
  }

  private Outcome<Stay> converse(
      Conversation conversation, Staging staging, CompletableFuture<Outcome<ReturningVm>> waiting) {
    try {
      conversation.onBulk(staging::take);
      conversation.send(new Return(vm.name, epoch, staging.name()));
      ReturningVm returning = rounds(conversation, staging, waiting);
      progress.step("stopping " + vm.name + " on the server");
      vm.prepare(Phase.COMMITTED, epoch + 1, peer);
      long asked = System.nanoTime();
      stopping = true;
      conversation.send(new Stop());
      Saved saved = conversation.expect(Saved.class, STOP_PATIENCE).orThrow();
      progress.step("taking it over");
      staging.complete(saved, epoch).orThrow();
      vm.publish();
      stay.lastReport(saved.figures());
      long stopped = asked + saved.stoppedAfterNanos();
      return finish(conversation, staging, returning, stopped);
    } catch (RefusedException e) {
      return stayThere(conversation, e.refusal().as());
    } catch (CancellationException e) {
      return stayThere(conversation, cancelled());
    } catch (IOException | RuntimeException e) {
      return stayThere(conversation, failed(e));
    }
  }

  private ReturningVm rounds(
      Conversation conversation, Staging staging, CompletableFuture<Outcome<ReturningVm>> waiting)
      throws IOException {
    // The first round only once a VMM waits: what changes between a round and the stop is sent
    // twice.
    ReturningVm returning = join(waiting).orThrow();
    progress.step("fetching what changed while it runs");
    long before = Long.MAX_VALUE;
    for (int round = 0; round < MAX_ROUNDS; round++) {
      long pages = round(conversation);
      staging.settle();
      staging.announce(returning);
      if (pages <= FEW_PAGES || pages > before / 2) {
        break;
      }
      before = pages;
    }
    return returning;
  }

  private static Outcome<ReturningVm> join(CompletableFuture<Outcome<ReturningVm>> waiting) {
    try {
      return waiting.join();
    } catch (CompletionException e) {
      LOG.error("the VMM for a return did not start", e);
      return Outcome.refused("the VMM did not start: " + e.getCause(), "look at the log");
    }
  }

  private long round(Conversation conversation) {
    conversation.send(new NextRound(false));
    return conversation.expect(RoundEnd.class, STOP_PATIENCE).orThrow().pages();
  }

  // The VM is this desktop's now: nothing in here may leave it to the server.
  private Outcome<Stay> finish(
      Conversation conversation, Staging staging, ReturningVm returning, long stopped)
      throws IOException {
    LocalVm local;
    try {
      local = comeAlive(context, vm, staging, returning, background).orThrow();
    } catch (RefusedException | IOException e) {
      LOG.warn("{} is committed but did not come alive: it is tried again", vm.name, e);
      returning.discard();
      vm.happened(Event.LOST);
      return Outcome.refused(
          vm.name + " did not come alive: " + e.getMessage(),
          "it is tried again; see `jettison vms`");
    }
    long downtime = local.runsSinceNanos().orElse(System.nanoTime()) - stopped;
    stay.home(downtime, conversation.bytesReceived());
    vm.local(local);
    vm.trouble("");
    vm.happened(Event.COMMITTED);
    conversation.send(new Release(vm.name, epoch));
    if (conversation.expect(ControlMessage.Done.class, Context.PATIENCE)
        instanceof Refused<ControlMessage.Done> owed) {
      LOG.warn("the server still holds {}: {}", vm.name, owed.oneLine());
    } else {
      vm.note(Phase.HOME, vm.ownership().epoch(), "", "");
    }
    Staging.discard(vm);
    return Outcome.done(stay.toStay());
  }

  /**
   * Integrates a committed return and lets the VM run here. May be repeated until it has run.
   *
   * @param background does what need not be waited for at once
   */
  static Outcome<LocalVm> comeAlive(
      Context context, DesktopVm vm, Staging staging, ReturningVm returning, Executor background)
      throws IOException {
    CompletableFuture<Void> durable = CompletableFuture.runAsync(() -> makeDurable(vm), background);
    try {
      vm.unserve();
      staging.integrate(returning); // into memory, which a power failure takes along
      if (staging.hasDisks()) {
        await(durable);
        staging.mergeDisks(context);
      }
      try (ReadableByteChannel descriptor = staging.descriptor()) {
        returning.load(descriptor).orThrow();
      }
    } finally {
      await(durable); // also if it failed: the journal is written by one at a time
    }
    vm.publish();
    return returning.run();
  }

  // No power failure may undo the commit once a disk is changed here or the VM runs. That it is at
  // home need not survive one, since the VM's memory does not. The peer stays until it has been
  // told to let go.
  private static void makeDurable(DesktopVm vm) {
    try {
      vm.settle();
      vm.prepareNote(Phase.HOME, vm.ownership().epoch(), vm.ownership().peer());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void await(CompletableFuture<Void> durable) throws IOException {
    try {
      durable.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof UncheckedIOException io) {
        throw io.getCause();
      }
      throw e;
    }
  }

  private Outcome<Stay> stayThere(@Nullable Conversation conversation, Outcome<Stay> why) {
    if (vm.ownership().phase() != Phase.AWAY) {
      vm.happened(Event.LOST);
      return why;
    }
    if (stopping && !(conversation != null && resume(conversation))) {
      vm.happened(Event.LOST);
      return why;
    }
    vm.dropStaging();
    vm.happened(Event.STAYED);
    return why;
  }

  private boolean resume(Conversation conversation) {
    if (!conversation.isOpen()) {
      return false;
    }
    conversation.send(new Resume(vm.name, epoch));
    return conversation.expect(Running.class, Context.PATIENCE) instanceof Done<Running>;
  }
}
