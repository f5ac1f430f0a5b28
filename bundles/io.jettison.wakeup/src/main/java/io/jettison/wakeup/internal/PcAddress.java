package io.jettison.wakeup.internal;

import io.jettison.api.Outcome;
import io.jettison.api.wake.SecureOn;
import io.jettison.api.wake.Waker.Target;
import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Where a PC is reached: as configured, else as it said, else as the neighbours' table says.
 * Changed on the timetable's thread and by the configuration; read by anyone.
 */
final class PcAddress {
  /** What was learned of a PC. */
  record Learned(OptionalLong hardware, Optional<InetAddress> address) {
    static final Learned NOTHING = new Learned(OptionalLong.empty(), Optional.empty());
  }

  /** What the configuration says of a PC; it may say nothing of some of it. */
  record Configured(
      OptionalLong hardware, Optional<InetAddress> address, Optional<SecureOn> password) {
    static final Configured NOTHING =
        new Configured(OptionalLong.empty(), Optional.empty(), Optional.empty());
  }

  private static final String EVERYBODY = "255.255.255.255";

  private final String name;
  private final Neighbours neighbours;
  private final Runnable changed;
  private volatile Learned learned;
  private volatile Configured configured = Configured.NOTHING;

  /**
   * Of a PC.
   *
   * @param changed called when something was learned
   */
  PcAddress(String name, Learned learned, Neighbours neighbours, Runnable changed) {
    this.name = name;
    this.learned = learned;
    this.neighbours = neighbours;
    this.changed = changed;
  }

  void configure(@Nullable Configured by) {
    configured = by == null ? Configured.NOTHING : by;
  }

  /** It called from this address, and perhaps told its hardware address. */
  void met(InetAddress from, OptionalLong told) {
    OptionalLong hardware = told.isPresent() ? told : neighbours.of(from);
    if (hardware.isEmpty() && learned.address().equals(Optional.of(from))) {
      hardware = learned.hardware();
    }
    Learned now = new Learned(hardware, Optional.of(from));
    if (!now.equals(learned)) {
      learned = now;
      changed.run();
    }
  }

  Learned learned() {
    return learned;
  }

  Optional<InetAddress> address() {
    return configured.address().or(() -> learned.address());
  }

  OptionalLong hardware() {
    return configured.hardware().isPresent() ? configured.hardware() : learned.hardware();
  }

  boolean wantsPassword() {
    return configured.password().isPresent();
  }

  /** Whom to wake. Without an address it is whoever hears it. */
  Outcome<Target> target() {
    OptionalLong hardware = hardware();
    if (hardware.isEmpty() && address().isPresent()) {
      hardware = neighbours.of(address().get());
    }
    if (hardware.isEmpty()) {
      return Outcome.refused(
          "the hardware address of " + name + " is not known",
          "set `mac` in [pc " + name + "] to what `ip link` shows there");
    }
    return Outcome.done(
        new Target(
            hardware.getAsLong(),
            address().orElseGet(() -> Literals.of(EVERYBODY).orThrow()),
            configured.password()));
  }
}
