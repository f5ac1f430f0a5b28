package io.jettison.power.linux.internal;

import io.jettison.api.power.PowerController.WakeReason;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What woke the PC, as far as Linux tells: which wake-up sources counted events, and which
 * interrupt came first. Firmware hides much of it; what is not known is {@link WakeReason#UNKNOWN}.
 */
final class WakeSources {
  private static final String SOURCES = "sys/class/wakeup/";
  private static final String IRQ = "sys/power/pm_wakeup_irq";

  /** Buttons and lid of ACPI; the old keyboard controller. */
  private static final List<String> HANDS =
      List.of("pnp0c0c", "pnp0c0d", "pnp0c0e", "lnxpwrbn", "lnxslpbn", "serio", "i8042");

  private static final List<String> CLOCKS = List.of("rtc", "alarmtimer");
  private static final String PCI_BRIDGE = "0x0604";
  private static final String HUMAN_INTERFACE = "03";

  private final Kernel kernel;

  WakeSources(Kernel kernel) {
    this.kernel = kernel;
  }

  /** Whether the kernel tells anything. */
  boolean isThere() {
    return !kernel.list(SOURCES).isEmpty();
  }

  /** Events counted so far, by source. */
  Map<String, Long> counts() {
    Map<String, Long> counts = new HashMap<>();
    for (String source : kernel.list(SOURCES)) {
      kernel
          .read(SOURCES + source + "/event_count")
          .filter(text -> text.matches("\\d{1,18}"))
          .ifPresent(text -> counts.put(source, Long.parseLong(text)));
    }
    return counts;
  }

  /**
   * What the PC was woken by. Of several, the one that asks for most.
   *
   * @param before {@link #counts} before the sleep
   * @param card the network card that was to wake it
   * @param alarm whether the alarm's time has come
   */
  WakeReason reason(Map<String, Long> before, String card, boolean alarm) {
    Set<WakeReason> signs = signs(before, card);
    interrupt(card).ifPresent(signs::add);
    for (WakeReason reason : List.of(WakeReason.USER, WakeReason.NETWORK, WakeReason.ALARM)) {
      if (signs.contains(reason)) {
        return reason;
      }
    }
    return alarm ? WakeReason.ALARM : WakeReason.UNKNOWN;
  }

  /** Whether somebody touched the PC since. */
  boolean isTouched(Map<String, Long> before, String card) {
    return signs(before, card).contains(WakeReason.USER);
  }

  private Set<WakeReason> signs(Map<String, Long> before, String card) {
    Set<WakeReason> signs = EnumSet.noneOf(WakeReason.class);
    counts()
        .forEach(
            (source, count) -> {
              if (count > before.getOrDefault(source, 0L)) {
                kind(source, card).ifPresent(signs::add);
              }
            });
    return signs;
  }

  private Optional<WakeReason> kind(String source, String card) {
    String name = kernel.read(SOURCES + source + "/name").orElse("");
    Optional<WakeReason> named = named(name);
    Optional<Path> device = kernel.real(SOURCES + source + "/device");
    if (named.isPresent() || device.isEmpty()) {
      return named;
    }
    boolean network =
        kernel
            .real("sys/class/net/" + card + "/device")
            .filter(of -> isOfCard(device.get(), of))
            .isPresent();
    if (network) {
      return Optional.of(WakeReason.NETWORK);
    }
    return isHumanInterface(device.get()) ? Optional.of(WakeReason.USER) : Optional.empty();
  }

  /**
   * Whether a device is the card, part of it, the PCI bridge it is plugged into, or the USB device
   * it is an interface of. A USB controller is not: it wakes for keyboards, too.
   */
  private boolean isOfCard(Path device, Path card) {
    boolean bridge =
        kernel.read(device.resolve("class").toString()).orElse("").startsWith(PCI_BRIDGE);
    return device.startsWith(card)
        || (bridge && card.startsWith(device))
        || (device.equals(card.getParent())
            && card.getFileName().toString().startsWith(device.getFileName() + ":"));
  }

  private boolean isHumanInterface(Path device) {
    return kernel.list(device.toString()).stream()
        .map(part -> device.resolve(part).resolve("bInterfaceClass").toString())
        .anyMatch(file -> kernel.read(file).filter(HUMAN_INTERFACE::equals).isPresent());
  }

  private Optional<WakeReason> interrupt(String card) {
    return kernel
        .read(IRQ)
        .flatMap(number -> kernel.read("sys/kernel/irq/" + number + "/actions"))
        .flatMap(
            actions ->
                List.of(actions.split(",", -1)).stream().anyMatch(action -> isOf(action, card))
                    ? Optional.of(WakeReason.NETWORK)
                    : named(actions));
  }

  /** Cards with several queues have several interrupts: {@code eth0}, {@code eth0-rx-0}. */
  private static boolean isOf(String action, String card) {
    return action.equals(card) || action.startsWith(card + "-");
  }

  private static Optional<WakeReason> named(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (HANDS.stream().anyMatch(lower::contains)) {
      return Optional.of(WakeReason.USER);
    }
    return CLOCKS.stream().anyMatch(lower::contains)
        ? Optional.of(WakeReason.ALARM)
        : Optional.empty();
  }
}
