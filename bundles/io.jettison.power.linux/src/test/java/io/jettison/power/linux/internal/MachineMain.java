package io.jettison.power.linux.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.power.Finding;
import io.jettison.api.power.PowerController.WakeReason;
import io.jettison.api.wake.SecureOn;
import java.lang.annotation.Annotation;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What runs in the machine of {@link MachineTest}, which really sleeps. Never run it on a machine
 * you work at.
 */
final class MachineMain {
  private static final int ROUNDS = 3;

  /** The machine's second network card, which it does not need. */
  private static final String SECOND = "pci/0000:00:04.0";

  private static final Kernel KERNEL = new Kernel(Path.of("/"));

  private record Settings(String mode) implements LinuxController.Config {
    @Override
    public String card() {
      return "eth0";
    }

    @Override
    public String password() {
      return "";
    }

    @Override
    public String freeze() {
      return "user.slice";
    }

    @Override
    public String unbind() {
      return SECOND;
    }

    @Override
    public String suspend() {
      return "";
    }

    @Override
    public int speed() {
      return 100;
    }

    @Override
    public int port() {
      return 9;
    }

    @Override
    public String listen() {
      return "0 s";
    }

    @Override
    public Class<? extends Annotation> annotationType() {
      return LinuxController.Config.class;
    }
  }

  /** QEMU's card says it can, and does not wake: the machine is woken by alarm and button. */
  private static final class NoWakeOnLan implements WakeOnLan, Link {
    @Override
    public Outcome<State> state(String card) {
      return Outcome.done(new State(true, false, true, false));
    }

    @Override
    public Outcome<Nothing> enable(String card, Optional<SecureOn> password) {
      return Outcome.done();
    }

    @Override
    public Outcome<Before> pin(String card, int megabits) {
      Outcome<Before> pinned = new Ethtool().pin(card, megabits);
      say("pinned " + pinned.isDone());
      return pinned.then(
          before ->
              Outcome.<Before>done(
                  () -> {
                    Outcome<Nothing> restored = before.restore();
                    say("restored " + restored.isDone());
                    return restored;
                  }));
    }
  }

  private MachineMain() {}

  public static void main(String[] words) {
    LinuxController honest =
        new LinuxController(new Settings("auto"), KERNEL, new Ethtool(), Tool::process);
    for (Finding finding : honest.findings()) {
      say("found " + finding.what() + ": " + finding.state() + ", " + finding.text());
    }
    for (int i = 0; i < ROUNDS; i++) {
      say("alarm deep");
      report("deep", controller("deep").sleep(Duration.ofSeconds(3), MachineMain::woke));
      say("after it " + cards());
    }
    for (String mode : new String[] {"deep", "s2idle", "s2idle"}) {
      say("button " + mode);
      report(mode, controller(mode).sleep(Duration.ofMinutes(10)));
    }
    say("end");
  }

  private static boolean woke(WakeReason reason, Optional<ByteBuffer> packet) {
    say("meanwhile " + cards());
    return false;
  }

  private static List<String> cards() {
    return KERNEL.list("sys/class/net");
  }

  private static LinuxController controller(String mode) {
    return new LinuxController(new Settings(mode), KERNEL, new NoWakeOnLan(), Tool::process);
  }

  private static void report(String mode, Outcome<?> outcome) {
    say("slept " + mode + " " + outcome);
  }

  private static void say(String line) {
    System.out.println("RIG " + line);
  }
}
