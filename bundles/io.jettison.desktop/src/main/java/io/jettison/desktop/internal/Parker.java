package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.RefusedException;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.Park;
import io.jettison.wire.control.ControlMessage.Parked;
import io.jettison.wire.control.ControlMessage.RoundEnd;
import io.jettison.wire.control.ControlMessage.Want;
import io.jettison.wire.control.Conversation;
import io.jettison.wire.control.StageOutbox;
import io.jettison.wire.page.PageSetCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Consumer;

/** Sends the cold rest of a VM to the server's disk, while this PC is awake (park). */
final class Parker {
  /** The server may ask for little at a time, and disks come by another link. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Context context;
  private final DesktopVm vm;
  private final Consumer<Parked> progress;
  private final ByteBuffer chunk = ByteBuffer.allocateDirect(StageOutbox.MOST_PAGES << Pages.SHIFT);

  /**
   * For the VM's current stay.
   *
   * @param progress told now and then how far it is
   */
  Parker(Context context, DesktopVm vm, Consumer<Parked> progress) {
    this.context = context;
    this.vm = vm;
    this.progress = progress;
  }

  /**
   * Sends what the server wants to have; ends early if the thread is interrupted.
   *
   * @return what came; refused if it is not all
   */
  Outcome<Parked> run() {
    VmSpec spec = vm.ownership().spec().orElseThrow();
    try (Conversation conversation = context.call(vm.ownership().peer()).orThrow();
        Residual residual =
            context.drivers().get(spec.driver()).orThrow().residual(spec, vm.place).orThrow()) {
      conversation.send(new Park(vm.name, vm.ownership().epoch()));
      try {
        return answer(conversation, residual);
      } finally {
        vm.stay().ifPresent(stay -> stay.parked(conversation.bytesSent()));
      }
    } catch (RefusedException e) {
      return e.refusal().as();
    } catch (IOException e) {
      return Outcome.refused("what it left cannot be read: " + e.getMessage(), "look at the log");
    }
  }

  private Outcome<Parked> answer(Conversation conversation, Residual residual) throws IOException {
    StageOutbox outbox = new StageOutbox(conversation);
    while (true) {
      Outcome<ControlMessage> next = conversation.next(PATIENCE);
      if (next instanceof Refused<ControlMessage> refused) {
        return refused.as();
      }
      ControlMessage message = next.orThrow();
      if (message instanceof Want want) {
        long pages = send(want, residual, outbox);
        conversation.send(new RoundEnd(pages));
      } else if (message instanceof Parked parked) {
        progress.accept(parked);
        if (parked.left() == 0) {
          return new Done<>(parked);
        }
      } else if (message instanceof ControlMessage.Refused refused) {
        return Outcome.refused(refused.reason(), refused.remedy());
      } else {
        return Outcome.refused(
            "the server said " + message.getClass().getSimpleName() + " while it parks",
            "install the same version of Jettison on both hosts");
      }
    }
  }

  private long send(Want want, Residual residual, StageOutbox outbox) throws IOException {
    PageSet wanted = new PageSet();
    PageSetCodec.decode(want.runs(), wanted, vm.ownership().spec().orElseThrow().memory().end());
    for (long first = wanted.next(0); first >= 0; ) {
      long end = Math.min(wanted.nextAbsent(first), first + StageOutbox.MOST_PAGES);
      chunk.clear().limit((int) Pages.offset(end - first));
      residual.read(first, chunk);
      outbox.sendSparsely(ControlMessage.MEMORY, first, chunk.flip());
      first = wanted.next(end);
    }
    return wanted.size();
  }
}
