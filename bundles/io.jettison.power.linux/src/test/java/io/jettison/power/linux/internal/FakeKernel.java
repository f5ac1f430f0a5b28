package io.jettison.power.linux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A prepared tree in place of the kernel's. It cannot put anything to sleep: what a test wants to
 * happen in a sleep, it does itself when {@code mem} is written to {@code sys/power/state}.
 */
final class FakeKernel extends Kernel {
  /** What happens while the PC sleeps. */
  @FunctionalInterface
  interface Sleep {
    void happens() throws IOException;
  }

  private static final String ALARM = "sys/class/rtc/rtc0/wakealarm";

  /** What was written, as {@code file=value}. */
  final List<String> written = new ArrayList<>();

  /** A driver that does not let go of its device, or does not take it back. */
  String stubborn = "";

  Sleep sleep = () -> {};
  private final Path root;

  FakeKernel(Path root) throws IOException {
    super(root);
    assertThat(root.toRealPath()).isNotEqualTo(Path.of("/"));
    this.root = root;
    put("sys/power/state", "freeze mem");
    put("sys/power/mem_sleep", "s2idle [deep]");
    put("sys/class/rtc/rtc0/since_epoch", "1000");
    put(ALARM, "");
    put("sys/fs/cgroup/user.slice/cgroup.freeze", "0");
    put("proc/self/cgroup", "0::/system.slice/jettison.service");
    link("proc/self/ns/net", Path.of("net:[1]"));
    link("proc/1/ns/net", Path.of("net:[1]"));
    card("eth0", "sys/devices/pci0000:00/0000:00:1c.0/0000:03:00.0");
    put("sys/devices/pci0000:00/0000:00:1c.0/class", "0x060400");
  }

  /** Lays a file out. */
  void put(String file, String text) throws IOException {
    Files.createDirectories(root.resolve(file).getParent());
    Files.writeString(root.resolve(file), text.isEmpty() ? "" : text + "\n");
  }

  void link(String link, Path target) throws IOException {
    Files.createDirectories(root.resolve(link).getParent());
    Files.deleteIfExists(root.resolve(link));
    Files.createSymbolicLink(root.resolve(link), target);
  }

  void remove(String file) throws IOException {
    Files.delete(root.resolve(file));
  }

  void card(String name, String device) throws IOException {
    put("sys/class/net/" + name + "/operstate", "up");
    put("sys/class/net/" + name + "/address", "02:4a:45:54:00:01");
    Files.createDirectories(root.resolve(device));
    link("sys/class/net/" + name + "/device", root.resolve(device));
  }

  void source(String source, String name, String device) throws IOException {
    Files.createDirectories(root.resolve(device));
    put("sys/class/wakeup/" + source + "/name", name);
    put("sys/class/wakeup/" + source + "/event_count", "3");
    link("sys/class/wakeup/" + source + "/device", root.resolve(device));
  }

  /** A wake-up source sees something. */
  void happens(String source) throws IOException {
    String file = "sys/class/wakeup/" + source + "/event_count";
    put(file, Long.toString(Long.parseLong(read(file).orElseThrow()) + 1));
  }

  /** A device with a driver, and without what would forbid to unbind it. */
  void device(String bus, String name, String device, String driver) throws IOException {
    put("sys/bus/" + bus + "/drivers/" + driver + "/bind", "");
    put("sys/bus/" + bus + "/drivers/" + driver + "/unbind", "");
    put(device + "/power/control", "on");
    link("sys/bus/" + bus + "/devices/" + name, root.resolve(device));
    link(device + "/driver", root.resolve("sys/bus/" + bus + "/drivers/" + driver));
  }

  private void bound(String file, String name) throws IOException {
    Path driver = root.resolve(file).toRealPath().getParent();
    Path device = driver.resolve("../../devices").resolve(name).toRealPath();
    if (file.equals(driver + "/" + stubborn)) {
      throw new IOException("Device or resource busy");
    } else if (file.endsWith("/unbind")) {
      Files.delete(device.resolve("driver"));
    } else {
      Files.createSymbolicLink(device.resolve("driver"), driver);
    }
  }

  @Override
  void write(String file, String value) throws IOException {
    written.add(file.substring(file.lastIndexOf('/') + 1) + "=" + value);
    if (file.equals("sys/power/state")) {
      sleep.happens();
    } else if (file.equals(ALARM)) {
      if (!value.equals("0") && read(file).isPresent()) {
        throw new IOException("Device or resource busy");
      }
      put(file, value.equals("0") ? "" : value);
    } else if (file.endsWith("bind")) {
      bound(file, value);
    } else {
      super.write(file, value);
    }
  }
}
