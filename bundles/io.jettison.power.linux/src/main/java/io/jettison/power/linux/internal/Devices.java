package io.jettison.power.linux.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Devices that a selective resume leaves alone. Linux resumes all that have a driver, one after the
 * other or side by side, and the slowest say how long that takes. One without a driver it passes
 * over; one that was suspended at run time it may leave so (Linux,
 * Documentation/driver-api/driver-model and Documentation/driver-api/pm/devices.rst).
 *
 * <p>A device is named by its bus and its name there: {@code pci/0000:01:00.0}, {@code usb/1-3}.
 */
final class Devices {
  private static final Pattern NAME = Pattern.compile("[a-z0-9_]+/[A-Za-z0-9:._-]+");
  private static final String NO_DRIVER = "has no driver";

  private final Kernel kernel;
  private final List<String> unbind;
  private final List<String> suspend;

  /** With names, separated by commas. */
  Devices(Kernel kernel, String unbind, String suspend) {
    this.kernel = kernel;
    this.unbind = Kernel.names(unbind);
    this.suspend = Kernel.names(suspend);
  }

  boolean isAsked() {
    return !unbind.isEmpty() || !suspend.isEmpty();
  }

  /** How those are kept still that can be. */
  List<Still> stills(String card) {
    List<Still> stills = new ArrayList<>();
    for (Outcome<Still> one : all(card)) {
      if (one.isDone()) {
        stills.add(one.orThrow());
      }
    }
    return stills;
  }

  /** Why others are not, each a line. */
  List<String> troubles(String card) {
    List<String> troubles = new ArrayList<>();
    for (Outcome<Still> one : all(card)) {
      if (one instanceof Refused<Still> refused) {
        troubles.add(refused.reason());
      }
    }
    return troubles;
  }

  private List<Outcome<Still>> all(String card) {
    List<Outcome<Still>> all = new ArrayList<>();
    unbind.forEach(name -> all.add(checked(name, card).then(nothing -> unbound(name))));
    suspend.forEach(name -> all.add(existing(name).then(nothing -> suspended(name))));
    return all;
  }

  private Outcome<Path> existing(String name) {
    Optional<Path> device =
        NAME.matcher(name).matches() ? kernel.real(folder(name)) : Optional.empty();
    return device.isPresent()
        ? Outcome.done(device.get())
        : no(
            name, "is not there", "name it as `ls -d /sys/bus/*/devices/*` does: pci/0000:01:00.0");
  }

  /** What would lose the PC is not unbound: what wakes it, and what it runs from. */
  private Outcome<Path> checked(String name, String card) {
    return existing(name)
        .then(
            device -> {
              if (holds(device, "sys/class/net/" + card + "/device")) {
                return no(name, "is or holds the network card " + card, "take it off the list");
              }
              for (String source : kernel.list("sys/class/wakeup")) {
                if (holds(device, "sys/class/wakeup/" + source + "/device")) {
                  return no(
                      name, "is or holds something that wakes the PC", "take it off the list");
                }
              }
              for (String disk : kernel.list("sys/class/block")) {
                if (holds(device, "sys/class/block/" + disk)) {
                  return no(name, "is or holds the disk " + disk, "take it off the list");
                }
              }
              return Outcome.done(device);
            });
  }

  private boolean holds(Path device, String link) {
    return kernel.real(link).filter(there -> there.startsWith(device)).isPresent();
  }

  private Outcome<Still> unbound(String name) {
    Optional<Path> driver = kernel.real(folder(name) + "/driver");
    if (driver.isEmpty()) {
      return no(name, NO_DRIVER, "nothing is to be done");
    }
    String files = driver.get() + "/";
    String device = name.substring(name.indexOf('/') + 1);
    return Outcome.done(
        new Still(
            name,
            new Still.Write(files + "unbind", device),
            new Still.Write(files + "bind", device),
            () -> kernel.exists(folder(name) + "/driver")));
  }

  private Outcome<Still> suspended(String name) {
    String file = folder(name) + "/power/control";
    Optional<String> before = kernel.read(file);
    if (before.isEmpty()) {
      return no(name, "cannot be suspended at run time", "take it off the list");
    }
    return Outcome.done(
        new Still(
            name,
            new Still.Write(file, "auto"),
            new Still.Write(file, before.get()),
            () -> kernel.read(file).equals(before)));
  }

  private static <T> Outcome<T> no(String name, String why, String remedy) {
    return Outcome.refused(name + " " + why, remedy);
  }

  private static String folder(String name) {
    int slash = name.indexOf('/');
    return "sys/bus/" + name.substring(0, slash) + "/devices/" + name.substring(slash + 1);
  }
}
