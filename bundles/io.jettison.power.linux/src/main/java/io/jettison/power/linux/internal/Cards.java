package io.jettison.power.linux.internal;

import io.jettison.api.Outcome;
import io.jettison.wire.wake.HardwareAddress;
import java.util.List;
import java.util.OptionalLong;

/** Which network card wakes the PC. */
final class Cards {
  private static final String CARDS = "sys/class/net/";

  private final Kernel kernel;
  private final String wanted;

  /** With a wish; empty: the one there is. */
  Cards(Kernel kernel, String wanted) {
    this.kernel = kernel;
    this.wanted = wanted.strip();
  }

  /** Its name: that configured, or the only wired one with a link. */
  Outcome<String> card() {
    if (!wanted.isEmpty()) {
      return Outcome.done(wanted);
    }
    List<String> wired =
        kernel.list(CARDS).stream()
            .filter(card -> kernel.exists(CARDS + card + "/device"))
            .filter(card -> !kernel.exists(CARDS + card + "/phy80211"))
            .filter(
                card -> kernel.read(CARDS + card + "/operstate").filter("up"::equals).isPresent())
            .toList();
    return wired.size() == 1
        ? Outcome.done(wired.get(0))
        : Outcome.refused(
            wired.isEmpty()
                ? "no wired network card has a link"
                : "there is more than one network card: " + String.join(", ", wired),
            "name the one that shall wake this PC as `card` in [power.linux]");
  }

  /** Its hardware address. */
  OptionalLong hardware(String card) {
    return kernel.read(CARDS + card + "/address").stream()
        .map(HardwareAddress::parse)
        .filter(Outcome::isDone)
        .mapToLong(Outcome::orThrow)
        .findFirst();
  }

  /** Whether the kernel lets it wake the PC; true if it does not say. */
  boolean mayWake(String card) {
    return kernel.read(CARDS + card + "/device/power/wakeup").filter("disabled"::equals).isEmpty();
  }
}
