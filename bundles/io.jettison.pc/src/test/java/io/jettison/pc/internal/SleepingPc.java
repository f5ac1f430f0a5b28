package io.jettison.pc.internal;

import io.jettison.api.Outcome;
import io.jettison.api.power.PowerController;
import io.jettison.wire.wake.WakePacketCodec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A PC that suspends, which the machine of a test cannot: its network card hears nothing but
 * wake-ups, and those only while it is asleep.
 */
final class SleepingPc implements PowerController {
  static final Duration SUSPEND = Duration.ofSeconds(3);
  static final Duration SELECTIVE = Duration.ofMillis(1490);
  static final Duration FULL = Duration.ofMillis(6330);

  private final VirtualTime time;
  private boolean running = true;
  private boolean listening;
  private @Nullable ByteBuffer heard;
  private boolean pressed;
  int sleeps;
  int selective;
  int full;

  SleepingPc(VirtualTime time) {
    this.time = time;
  }

  /** Whether what is sent to it arrives, and is answered. */
  boolean isRunning() {
    return running;
  }

  void hear(ByteBuffer packet) {
    if (listening) {
      heard = packet;
    }
  }

  void pressKey() {
    pressed = listening;
  }

  @Override
  public Outcome<String> check() {
    return Outcome.done("it can");
  }

  @Override
  public Outcome<WakeReason> sleep(Duration atMost) {
    return sleep(atMost, (reason, packet) -> false);
  }

  @Override
  public Outcome<WakeReason> sleep(Duration atMost, Waking waking) {
    sleeps++;
    while (true) {
      running = false;
      time.pass(SUSPEND);
      heard = null;
      pressed = false;
      listening = true;
      time.passUntil(() -> heard != null || pressed, atMost);
      listening = false;
      Optional<ByteBuffer> packet = Optional.ofNullable(heard);
      boolean some =
          packet.flatMap(WakePacketCodec::find).filter(p -> p.context().isPresent()).isPresent();
      time.pass(some ? SELECTIVE : FULL);
      running = true;
      WakeReason reason =
          packet.isPresent() ? WakeReason.NETWORK : pressed ? WakeReason.USER : WakeReason.ALARM;
      if (waking.sleepsAgain(reason, packet)) {
        selective++;
      } else {
        full++;
        return Outcome.done(reason);
      }
    }
  }
}
