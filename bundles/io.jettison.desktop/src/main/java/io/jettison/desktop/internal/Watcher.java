package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import io.jettison.vm.Ownership;
import io.jettison.vm.VmState;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.AskReturn;
import io.jettison.wire.control.ControlMessage.Kept;
import io.jettison.wire.control.ControlMessage.Report;
import io.jettison.wire.control.ControlMessage.Standing;
import io.jettison.wire.control.ControlMessage.Watch;
import io.jettison.wire.control.Conversation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps an eye on one stay: takes the server's reports, and notices when they stop. */
final class Watcher {
  private static final Logger LOG = LoggerFactory.getLogger(Watcher.class);

  /** Reports come every second. */
  private static final Duration REPORT_PATIENCE = Duration.ofSeconds(10);

  private final Context context;
  private final DesktopVm vm;
  private final long epoch;
  private final Consumer<String> askedHome;

  /**
   * A watcher of the VM's current stay.
   *
   * @param askedHome told why, when the server asks that the VM be fetched
   */
  Watcher(Context context, DesktopVm vm, Consumer<String> askedHome) {
    this.context = context;
    this.vm = vm;
    this.epoch = vm.ownership().epoch();
    this.askedHome = askedHome;
  }

  /** Whether the stay goes on; one that is being recovered is watched by its recovery. */
  boolean lasts() {
    Ownership now = vm.ownership();
    return now.phase() == Ownership.Phase.AWAY
        && now.epoch() == epoch
        && vm.state() != VmState.RECOVERING;
  }

  /** Calls the server and listens until the link or the stay ends. */
  void follow() {
    Outcome<Conversation> called = context.call(vm.ownership().peer());
    if (called instanceof Done<Conversation> done) {
      try (Conversation conversation = done.value()) {
        conversation.send(new Watch(vm.name, epoch));
        follow(conversation);
      }
    } else if (called instanceof Refused<Conversation> refused && lasts()) {
      vm.trouble(refused.oneLine());
    }
  }

  private void follow(Conversation conversation) {
    List<Kept> all = new ArrayList<>();
    while (lasts()) {
      Outcome<ControlMessage> next = conversation.next(REPORT_PATIENCE);
      if (!(next instanceof Done<ControlMessage> done)) {
        LOG.info("{}: no more reports: {}", vm.name, ((Refused<ControlMessage>) next).oneLine());
        return;
      }
      if (done.value() instanceof Report report) {
        take(report);
      } else if (done.value() instanceof Kept kept) {
        all.add(kept);
        if (kept.last()) {
          Recognition.Same same = Recognition.answer(context, vm, conversation, all);
          vm.stay().ifPresent(stay -> stay.recognised(same.pages(), same.blocks()));
          all.clear();
        }
      } else if (done.value() instanceof AskReturn ask) {
        askedHome.accept(ask.why());
      } else if (done.value() instanceof ControlMessage.Refused refused && lasts()) {
        vm.trouble(refused.reason() + " (" + refused.remedy() + ")");
        return;
      }
    }
  }

  private void take(Report report) {
    vm.stay().ifPresent(stay -> stay.report(report.figures()));
    if (lasts() && vm.state() == VmState.REMOTE) {
      vm.trouble(
          report.standing() == Standing.LOST
              ? "the server lost it (" + Recovery.onceLost(vm.name) + ")"
              : "");
    }
  }
}
