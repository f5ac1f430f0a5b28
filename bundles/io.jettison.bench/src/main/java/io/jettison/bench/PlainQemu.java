package io.jettison.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jettison.lab.Cleanup;
import io.jettison.lab.Console;
import io.jettison.lab.LabException;
import io.jettison.lab.LabId;
import io.jettison.lab.Options;
import io.jettison.lab.VmSettings;
import io.jettison.lab.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A QEMU that moves its VM by itself: the peer of a consolidation and a return. */
final class PlainQemu implements AutoCloseable {
  private static final Duration BOOT_LIMIT = Duration.ofMinutes(3);
  private static final Duration MOVE_LIMIT = Duration.ofMinutes(2);
  private static final Duration VERIFY_LIMIT = Duration.ofMinutes(1);
  private static final int QUESTIONS = 3;
  private static final long BYTES_PER_SECOND = 10L << 30;
  private static final double MILLIS = 1000;
  private static final double NANOS_PER_MILLI = 1e6;

  /** How it moves. */
  enum Way {
    PRECOPY,
    POSTCOPY
  }

  /** What a move took. */
  record Move(double downtimeMillis, double totalMillis, double bytes) {}

  private final Process process;
  private final Monitor monitor;
  private final Path folder;

  private PlainQemu(Process process, Path folder) throws LabException {
    this.process = process;
    this.folder = folder;
    this.monitor = Monitor.connect(folder.resolve("qmp"));
  }

  /**
   * Starts one.
   *
   * @param where what to put before the command
   * @param waits whether it waits for a VM, or boots it
   */
  static PlainQemu start(
      LabId id,
      List<String> where,
      Path folder,
      VmSettings.Qemu vm,
      Options options,
      boolean waits,
      Cleanup cleanup)
      throws LabException {
    List<String> line = new ArrayList<>(where);
    line.addAll(List.of("qemu-system-x86_64", "-nodefaults", "-no-user-config"));
    line.addAll(List.of("-display", "none", "-machine", "pc", "-accel", vm.accelerator()));
    line.addAll(List.of("-m", (options.memoryBytes() >> 20) + "M", "-smp", "1"));
    line.addAll(List.of("-kernel", vm.kernel().toString(), "-initrd", vm.initrd().toString()));
    line.addAll(List.of("-append", vm.append(options)));
    line.addAll(List.of("-serial", server(folder.resolve("serial"))));
    line.addAll(List.of("-qmp", server(folder.resolve("qmp"))));
    vm.disk().ifPresent(disk -> line.addAll(List.of("-drive", drive(disk))));
    if (waits) {
      line.addAll(List.of("-incoming", "defer"));
    }
    try {
      Files.createDirectories(folder);
      ProcessBuilder builder =
          new ProcessBuilder(line)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log").toFile());
      builder.environment().put(LabId.VARIABLE, id.toString());
      Process process = builder.start();
      cleanup.add(process::destroyForcibly);
      return new PlainQemu(process, folder);
    } catch (IOException e) {
      throw new LabException("QEMU does not start", e);
    }
  }

  private static String server(Path socket) {
    return "unix:" + socket + ",server=on,wait=off";
  }

  private static String drive(Path disk) {
    return "if=virtio,format=raw,read-only=on,file=" + disk;
  }

  /** Waits until the workload is up. */
  void awaitBoot() throws LabException {
    Waiting.until("the workload does not come up", BOOT_LIMIT, this::isUp);
  }

  private boolean isUp() {
    try {
      return ask() == 0;
    } catch (LabException e) {
      return false;
    }
  }

  /**
   * Pages of the workload that are wrong. Asked up to three times: once, after six moves, no answer
   * came.
   */
  long verify() throws LabException {
    for (int question = 1; ; question++) {
      try {
        return ask();
      } catch (LabException e) {
        if (question == QUESTIONS) {
          throw e;
        }
      }
    }
  }

  private long ask() throws LabException {
    return new Console(folder.resolve("serial")).ask("verify", VERIFY_LIMIT).number("bad");
  }

  /**
   * Moves the VM to another QEMU.
   *
   * @param uri where that one is told to listen
   */
  Move moveTo(PlainQemu other, String uri, Way way) throws LabException {
    for (PlainQemu side : List.of(other, this)) {
      if (way == Way.POSTCOPY) {
        side.monitor.execute("migrate-set-capabilities", capability("postcopy-ram"));
      }
      ObjectNode parameters = Monitor.arguments().put("max-bandwidth", BYTES_PER_SECOND);
      side.monitor.execute("migrate-set-parameters", parameters);
    }
    other.monitor.execute("migrate-incoming", Monitor.arguments().put("uri", uri));
    long began = System.nanoTime();
    monitor.execute("migrate", Monitor.arguments().put("uri", uri));
    if (way == Way.POSTCOPY) {
      await("active");
      monitor.execute("migrate-start-postcopy");
    }
    JsonNode done = await("completed");
    double total = (System.nanoTime() - began) / NANOS_PER_MILLI;
    Waiting.until("the VM does not go on", MOVE_LIMIT, other::resumed);
    Double stopped = monitor.event("STOP");
    Double resumed = other.monitor.event("RESUME");
    if (stopped == null || resumed == null) {
      throw new LabException("QEMU did not say when it stopped the VM");
    }
    return new Move(
        (resumed - stopped) * MILLIS, total, done.path("ram").path("transferred").asDouble());
  }

  private boolean resumed() throws LabException {
    monitor.execute("query-status");
    return monitor.event("RESUME") != null;
  }

  private static ObjectNode capability(String name) {
    ObjectNode arguments = Monitor.arguments();
    arguments.putArray("capabilities").addObject().put("capability", name).put("state", true);
    return arguments;
  }

  // asking every 2 ms tells well enough when a state was reached, and costs QEMU next to nothing
  private JsonNode await(String status) throws LabException {
    long deadline = System.nanoTime() + MOVE_LIMIT.toNanos();
    while (true) {
      JsonNode now = monitor.execute("query-migrate");
      String is = now.path("status").asText();
      if (is.equals(status) || is.equals("completed")) {
        return now;
      }
      if (is.equals("failed") || System.nanoTime() > deadline) {
        throw new LabException("QEMU's migration is " + is + " instead of " + status);
      }
      Waiting.pause(Duration.ofMillis(2));
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
