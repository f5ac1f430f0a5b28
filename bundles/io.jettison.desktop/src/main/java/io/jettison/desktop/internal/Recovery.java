package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.RefusedException;
import io.jettison.api.hypervisor.HypervisorDriver;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.ReturningVm;
import io.jettison.api.hypervisor.RunState;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.Residual;
import io.jettison.memsrv.Memsrv;
import io.jettison.vm.HostPort;
import io.jettison.vm.Lifecycle.Event;
import io.jettison.vm.Ownership;
import io.jettison.vm.Ownership.Phase;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.Release;
import io.jettison.wire.control.ControlMessage.Resume;
import io.jettison.wire.control.ControlMessage.Running;
import io.jettison.wire.control.ControlMessage.Standing;
import io.jettison.wire.control.ControlMessage.StandingReply;
import io.jettison.wire.control.ControlMessage.Status;
import io.jettison.wire.control.Conversation;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a VM back to a known state after a crash or an answer that did not come. The journal says
 * who owns it; the hypervisor and the server say what became of it. To be made and run in the VM's
 * turn; repeated until it succeeds.
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final Context context;
  private final DesktopVm vm;
  private final Ownership ownership;

  Recovery(Context context, DesktopVm vm) {
    this.context = context;
    this.vm = vm;
    this.ownership = vm.ownership();
  }

  /** Returns whether the VM's state is known now. */
  boolean attempt() {
    try {
      switch (ownership.phase()) {
        case HOME, LEAVING -> home();
        case COMMITTED -> committed();
        case AWAY -> away();
        default -> vm.happened(Event.FOUND_OFF);
      }
    } catch (RefusedException e) {
      vm.trouble(String.valueOf(e.getMessage()));
    } catch (IOException | RuntimeException e) {
      LOG.error("recovery of {} failed", vm.name, e);
      vm.trouble("recovery failed: " + e + " (look at the log)");
    }
    return vm.state() != io.jettison.vm.VmState.RECOVERING;
  }

  private VmSpec spec() {
    return ownership.spec().orElseThrow();
  }

  private HypervisorDriver driver() {
    return context.drivers().get(spec().driver()).orThrow();
  }

  private void home() throws IOException {
    if (vm.local() instanceof Done<LocalVm> known && known.value().state() != RunState.GONE) {
      runs(known.value());
      return;
    }
    Outcome<LocalVm> found = driver().attach(spec(), vm.place);
    if (found instanceof Done<LocalVm> local && local.value().state() != RunState.GONE) {
      runs(local.value());
    } else {
      vm.own(Phase.OFF, ownership.epoch(), "", "");
      vm.trouble("it was switched off when its VMM or the PC stopped (boot it)");
      vm.happened(Event.FOUND_OFF);
    }
  }

  private void runs(LocalVm local) throws IOException {
    if (local.state() != RunState.RUNNING) {
      local.run().orThrow();
    }
    vm.local(local);
    release();
    vm.trouble("");
    vm.happened(Event.FOUND_LOCAL);
  }

  /** A server that was not told to let go is told; if it cannot be, it is told later. */
  private void release() throws IOException {
    String peer = ownership.peer();
    if (!peer.isEmpty() && context.call(peer) instanceof Done<Conversation> done) {
      try (Conversation conversation = done.value()) {
        release(conversation);
      }
    }
  }

  /** Tells a server that it need not hold the VM any more, which is this desktop's. */
  void release(Conversation conversation) throws IOException {
    boolean burned = ownership.phase() == Phase.LEAVING;
    long over = burned ? ownership.epoch() : ownership.epoch() - 1;
    conversation.send(new Release(vm.name, over));
    if (conversation.expect(ControlMessage.Done.class, Context.PATIENCE).isDone()) {
      Phase phase = ownership.phase() == Phase.OFF ? Phase.OFF : Phase.HOME;
      vm.note(phase, ownership.epoch(), "", "");
    }
  }

  private void committed() throws IOException {
    Outcome<LocalVm> found = driver().attach(spec(), vm.place);
    if (found instanceof Done<LocalVm> local && local.value().state() == RunState.RUNNING) {
      vm.note(Phase.HOME, ownership.epoch(), ownership.peer(), "");
      runs(local.value());
      return;
    }
    if (found instanceof Done<LocalVm> local) {
      local.value().retire();
    }
    if (!Staging.hasMemory(vm)) {
      memoryIsGone();
      return;
    }
    ReturningVm returning = driver().prepareReturn(spec(), vm.place).orThrow();
    try (Staging staging = Staging.reopen(vm)) {
      LocalVm local =
          Reintegration.comeAlive(context, vm, staging, returning, Runnable::run).orThrow();
      Recovery settled = new Recovery(context, vm);
      settled.runs(local);
      Staging.discard(vm);
    } catch (IOException | RuntimeException e) {
      returning.discard();
      throw e;
    }
  }

  /** Of a return that is committed the disks alone are there: that is brought to its end. */
  private void memoryIsGone() throws IOException {
    Staging.mergeDisks(context, vm);
    driver().purge(spec(), vm.place); // what it left with does not fit its disks any more
    Files.deleteIfExists(Checkpoint.path(vm.place));
    release();
    vm.own(Phase.OFF, ownership.epoch(), vm.ownership().peer(), "");
    Staging.discard(vm);
    vm.trouble("it was switched off when the PC stopped; its disks are as it left them (boot it)");
    vm.happened(Event.FOUND_OFF);
  }

  private void away() throws IOException {
    vm.dropStaging();
    serve();
    try (Conversation conversation = context.call(ownership.peer()).orThrow()) {
      conversation.send(new Status(vm.name, ownership.epoch()));
      Standing standing =
          conversation.expect(StandingReply.class, Context.PATIENCE).orThrow().standing();
      LOG.info("{}: the server says {}", vm.name, standing);
      switch (standing) {
        case RUNNING -> runsThere();
        case STOPPED -> {
          conversation.send(new Resume(vm.name, ownership.epoch()));
          conversation.expect(Running.class, Context.PATIENCE).orThrow();
          runsThere();
        }
        case WAITING, ENDED -> neverLeft(conversation);
        case LOST -> throw refusal("the server lost " + vm.name, onceLost(vm.name));
        case UNCLEAR -> throw refusal("the server cannot say yet", "it is asked again");
      }
    }
  }

  /** What to do about a VM that the server lost. */
  static String onceLost(String vm) {
    return "`jettison recover "
        + vm
        + "` brings it back as it was when it left, `jettison salvage "
        + vm
        + "` brings home what it wrote to its disks";
  }

  private static RefusedException refusal(String reason, String remedy) {
    return new RefusedException(new Refused<>(reason, remedy));
  }

  private void serve() {
    if (vm.isServed()) {
      return;
    }
    Residual residual = driver().residual(spec(), vm.place).orThrow();
    InetSocketAddress server = HostPort.parse(ownership.peer()).orThrow();
    ServedDisks disks = ServedDisks.prepare(context, spec(), ownership.epoch(), server).orThrow();
    Memsrv.Serving serving = context.memsrv().serve(vm.name, ownership.epoch(), residual, server);
    disks.begin();
    vm.serve(residual, serving, disks);
    if (vm.stay().isEmpty()) {
      vm.stay(new StayLedger(ownership.epoch(), spec().memory().pages()));
    }
    vm.stay().orElseThrow().served(serving, disks);
  }

  private void runsThere() {
    Outcome<LocalVm> stopped =
        vm.local() instanceof Done<LocalVm> known ? known : driver().attach(spec(), vm.place);
    stopped.then(
        local -> {
          local.retire();
          return Outcome.done();
        });
    vm.local(null);
    vm.trouble("");
    vm.happened(Event.FOUND_REMOTE);
  }

  /** The server never ran it in this epoch and never will: it is this desktop's again. */
  private void neverLeft(Conversation conversation) throws IOException {
    conversation.send(new ControlMessage.Abandon(vm.name, ownership.epoch()));
    conversation.expect(ControlMessage.Done.class, Context.PATIENCE).orThrow();
    vm.unserve();
    takeBack();
  }

  /** Goes on from the state the VM left with, whatever the server had made of it. */
  void takeBack() throws IOException {
    Outcome<LocalVm> stopped =
        vm.local() instanceof Done<LocalVm> known ? known : driver().attach(spec(), vm.place);
    if (stopped instanceof Done<LocalVm> local && local.value().state() != RunState.GONE) {
      vm.own(Phase.HOME, ownership.epoch() + 1, "", "");
      new Recovery(context, vm).runs(local.value());
      return;
    }
    vm.dropStaging();
    Outcome<Nothing> prepared = Staging.ofCheckpoint(vm);
    prepared.orThrow();
    vm.own(Phase.COMMITTED, ownership.epoch() + 1, "", "");
    new Recovery(context, vm).committed();
  }
}
