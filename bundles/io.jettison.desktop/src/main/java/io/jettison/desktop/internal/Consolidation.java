package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.RefusedException;
import io.jettison.api.hypervisor.Departure;
import io.jettison.api.hypervisor.HypervisorDriver;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.RunState;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Residual;
import io.jettison.memsrv.Memsrv;
import io.jettison.vm.Lifecycle.Event;
import io.jettison.vm.Ownership.Phase;
import io.jettison.vm.VmHost.Progress;
import io.jettison.wire.control.ControlCodec;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.Abandon;
import io.jettison.wire.control.ControlMessage.Activate;
import io.jettison.wire.control.ControlMessage.Kept;
import io.jettison.wire.control.ControlMessage.Populated;
import io.jettison.wire.control.ControlMessage.Prepare;
import io.jettison.wire.control.ControlMessage.Prepared;
import io.jettison.wire.control.ControlMessage.Ready;
import io.jettison.wire.control.ControlMessage.Running;
import io.jettison.wire.control.Conversation;
import io.jettison.wire.control.DescriptorOutbox;
import io.jettison.wire.page.PageSetCodec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One hand-over of a VM to the server (Bila et al. 2015, §4.2). Until it is told to activate the
 * VM, which it is only when {@link Phase#AWAY} is durable, any failure leaves the VM running here;
 * from then on only the server may run it.
 */
final class Consolidation {
  private static final Logger LOG = LoggerFactory.getLogger(Consolidation.class);

  /** Working sets of idle desktops are a tenth of their memory at most (Bila et al. 2015, §3). */
  private static final long ESTIMATE_SHARE = 10;

  private final Context context;
  private final DesktopVm vm;
  private final Progress progress;
  private final Executor background;
  private final VmSpec spec;
  private final long epoch;
  private final StayLedger stay;
  private boolean activated;
  private Runnable begin = () -> {};
  private @Nullable ServedDisks served;

  /** To be made and run in the VM's turn. */
  Consolidation(Context context, DesktopVm vm, Progress progress, Executor background) {
    this.background = background;
    this.context = context;
    this.vm = vm;
    this.progress = progress;
    this.spec = vm.ownership().spec().orElseThrow();
    this.epoch = vm.nextEpoch();
    this.stay = new StayLedger(epoch, spec.memory().pages());
  }

  /** Moves the VM; yields its downtime in nanoseconds. */
  Outcome<Long> run() {
    vm.happened(Event.LEAVE);
    String peer = context.server();
    try {
      progress.step("asking " + peer + " to make room");
      context.serverAddress().orThrow();
      LocalVm local = vm.local().orThrow();
      vm.own(Phase.LEAVING, epoch, peer, "");
      try (Conversation conversation = context.call(peer).orThrow()) {
        conversation.send(
            new Prepare(vm.name, epoch, spec.memory().pages() / ESTIMATE_SHARE, spec));
        conversation.expect(Prepared.class, Context.PATIENCE).orThrow();
        List<Kept> kept = kept(conversation);
        serve();
        return handOver(conversation, local, kept);
      }
    } catch (RefusedException e) {
      return stayHere(e.refusal().as());
    } catch (CancellationException e) {
      return stayHere(Outcome.refused("the consolidation was cancelled", "the VM goes on here"));
    } catch (IOException | RuntimeException e) {
      LOG.error("consolidation of {} failed", vm.name, e);
      return stayHere(
          Outcome.refused(
              "the consolidation failed: " + e, "look at the log; the VM goes on here"));
    }
  }

  // What a device does to memory or disk while it is saved is part of what is left: nothing is
  // answered before begin().
  private void serve() {
    HypervisorDriver driver = context.drivers().get(spec.driver()).orThrow();
    InetSocketAddress server = context.serverAddress().orThrow();
    ServedDisks disks = ServedDisks.prepare(context, spec, epoch, server).orThrow();
    Outcome<Residual> opened = driver.residual(spec, vm.place);
    if (opened instanceof Refused<Residual> refused) {
      disks.close();
      throw new RefusedException(refused);
    }
    Residual residual = opened.orThrow();
    Memsrv.Serving serving = context.memsrv().prepare(vm.name, epoch, residual, server);
    vm.serve(residual, serving, disks);
    stay.served(serving, disks);
    begin =
        () -> {
          serving.begin();
          disks.begin();
        };
    served = disks;
  }

  private static List<Kept> kept(Conversation conversation) {
    List<Kept> all = new ArrayList<>();
    boolean more = true;
    while (more) {
      Kept some = conversation.expect(Kept.class, Context.PATIENCE).orThrow();
      all.add(some);
      more = !some.last();
    }
    return all;
  }

  private Outcome<Long> handOver(Conversation conversation, LocalVm local, List<Kept> kept)
      throws IOException {
    settleDisks();
    progress.step("sending the state of " + vm.name);
    Departure left;
    try (Checkpoint checkpoint = new Checkpoint(vm.place);
        DescriptorOutbox outbox = new DescriptorOutbox(conversation)) {
      left = local.leave(checkpoint.with(outbox)).orThrow();
      begin.run();
      outbox.end();
      stay.descriptor(outbox.total());
    }
    // While the server loads it. Until ACTIVATE is sent the server will not run it: it is ours all
    // the same.
    vm.own(Phase.AWAY, epoch, context.server(), "");
    progress.step("waiting for the server to load it");
    conversation.expect(Ready.class, Context.PATIENCE).orThrow();
    return activate(conversation, kept, left.stoppedNanos());
  }

  // A VMM that stops its VM syncs the disks: what is synced now need not be while it is stopped.
  private void settleDisks() throws IOException {
    for (VmSpec.Disk disk : spec.following()) {
      try (FileChannel image = FileChannel.open(Path.of(disk.path()), StandardOpenOption.READ)) {
        image.force(false);
      }
    }
  }

  // Only after the save: a device may write to guest memory while it is saved, and a page that is
  // not in the set is zero on the server. And only when the VM runs again: finding the pages takes
  // time for each of them, and the server can do without.
  private void sendPopulated(Conversation conversation) {
    HypervisorDriver driver = context.drivers().get(spec.driver()).orThrow();
    try (Residual residual = driver.residual(spec, vm.place).orThrow()) {
      PageSet populated = residual.populated();
      stay.map(send(conversation, ControlMessage.MEMORY, populated), populated.size());
    } catch (IOException e) {
      LOG.warn("the server asks for every page of {}: no map of the populated ones", vm.name, e);
    }
  }

  private void sendAllocated(Conversation conversation) {
    ServedDisks disks = served;
    for (int i = 0; disks != null && i < disks.count(); i++) {
      try {
        PageSet allocated = disks.allocated(i, background);
        send(conversation, i + 1, allocated);
        stay.allocated(allocated.size());
      } catch (IOException e) {
        LOG.warn("the server asks for every block of disk {} of {}", i, vm.name, e);
      }
    }
  }

  private static long send(Conversation conversation, int volume, PageSet populated) {
    ByteBuffer runs = ByteBuffer.allocate(ControlCodec.BULK_BYTES);
    long bytes = 0;
    for (long from = 0; from >= 0; ) {
      runs.clear();
      from = PageSetCodec.encode(populated, from, runs);
      runs.flip();
      bytes += runs.remaining();
      conversation.send(new Populated(volume, from < 0, runs));
    }
    return bytes;
  }

  // The VM belongs to the server now. Nothing in here may let it run on this host, nor tell of a
  // step: who listens might give up at it.
  private Outcome<Long> activate(Conversation conversation, List<Kept> kept, long stopped) {
    activated = true;
    conversation.send(new Activate());
    Outcome<Running> running = conversation.expect(Running.class, Context.PATIENCE);
    if (running instanceof Refused<Running> unknown) {
      vm.stay(stay);
      vm.happened(Event.LOST);
      return Outcome.refused(
          "it is not known whether " + vm.name + " runs on the server: " + unknown.reason(),
          "it is being found out; see `jettison vms`");
    }
    long downtime = System.nanoTime() - running.orThrow().forNanos() - stopped;
    CompletableFuture<Void> recognised =
        CompletableFuture.runAsync(
            () -> {
              Recognition.Same same = Recognition.answer(context, vm, conversation, kept);
              stay.recognised(same.pages(), same.blocks());
            },
            background);
    sendPopulated(conversation);
    sendAllocated(conversation);
    recognised.join();
    stay.left(downtime, conversation.bytesSent());
    vm.stay(stay);
    vm.local().orThrow().retire();
    vm.local(null);
    vm.failures(0);
    vm.trouble("");
    vm.happened(Event.HANDED_OVER);
    return Outcome.done(downtime);
  }

  private Outcome<Long> stayHere(Outcome<Long> why) {
    if (activated) {
      vm.happened(Event.LOST);
      return why;
    }
    vm.unserve();
    vm.failures(vm.failures() + 1);
    if (!isOursAgain()) {
      vm.happened(Event.LOST);
      return why;
    }
    Outcome<Nothing> goesOn =
        vm.local().then(local -> local.state() == RunState.STOPPED ? local.run() : Outcome.done());
    abandon();
    try {
      if (vm.ownership().phase() == Phase.LEAVING) {
        vm.own(Phase.HOME, epoch, "", "");
      }
    } catch (IOException e) {
      LOG.warn("cannot note that {} stays: the earlier record says the same", vm.name, e);
    }
    if (goesOn instanceof Refused<Nothing> refused) {
      vm.trouble("it does not go on: " + refused.oneLine());
      vm.happened(Event.LOST);
    } else {
      vm.happened(Event.STAYED);
    }
    return why;
  }

  // Before the VM goes on: a record that says it is away must not outlive that.
  private boolean isOursAgain() {
    if (vm.ownership().phase() != Phase.AWAY) {
      return true;
    }
    try {
      vm.own(Phase.LEAVING, epoch, context.server(), "");
      return true;
    } catch (IOException e) {
      LOG.error("cannot note that {} stays", vm.name, e);
      return false;
    }
  }

  // The server ends what was prepared when the conversation ends; this is for one that did not
  // notice.
  private void abandon() {
    if (vm.ownership().phase() == Phase.LEAVING
        && context.call(context.server()) instanceof Done<Conversation> done) {
      try (Conversation conversation = done.value()) {
        conversation.send(new Abandon(vm.name, epoch));
        conversation.expect(io.jettison.wire.control.ControlMessage.Done.class, Context.PATIENCE);
      }
    }
  }
}
