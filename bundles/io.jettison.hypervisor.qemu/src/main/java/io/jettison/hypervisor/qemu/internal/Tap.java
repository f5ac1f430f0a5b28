package io.jettison.hypervisor.qemu.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.VmPlace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A VM's cable into a bridge of its host: a tap device. It stays when the VM leaves, without a
 * carrier, so that a return need not make it anew.
 */
final class Tap {
  private Tap() {}

  /** Its name: follows from the VM's place, since two hosts may share a network namespace. */
  static String name(VmPlace place) {
    CRC32 crc = new CRC32();
    crc.update(place.run().toString().getBytes(StandardCharsets.UTF_8));
    return String.format("jet%08x", crc.getValue());
  }

  /** Makes sure it is there and in the bridge. */
  static Outcome<Nothing> plug(VmPlace place, String bridge) {
    String name = name(place);
    if (!ip("link", "show", "dev", name).isDone()) {
      Outcome<Nothing> made = ip("tuntap", "add", "dev", name, "mode", "tap");
      if (!made.isDone()) {
        return made;
      }
    }
    return ip("link", "set", "dev", name, "master", bridge)
        .then(done -> ip("link", "set", "dev", name, "up"));
  }

  /** Removes it, if it is there. */
  static void unplug(VmPlace place) {
    if (ip("link", "show", "dev", name(place)).isDone()) {
      ip("link", "del", "dev", name(place)).orThrow();
    }
  }

  private static Outcome<Nothing> ip(String... arguments) {
    List<String> command = new java.util.ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0
          ? Outcome.done()
          : Outcome.refused(
              "`" + String.join(" ", command) + "` says: " + said.trim(),
              "create the bridge, or leave `bridge` empty; jettisond needs CAP_NET_ADMIN for taps");
    } catch (IOException e) {
      return Outcome.refused("iproute2 is missing: " + e.getMessage(), "apt install iproute2");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Outcome.refused("interrupted", "try again");
    }
  }
}
