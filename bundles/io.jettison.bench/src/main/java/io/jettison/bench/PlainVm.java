package io.jettison.bench;

import io.jettison.lab.Console;
import io.jettison.lab.LabException;
import io.jettison.lab.LabId;
import io.jettison.lab.Reply;
import io.jettison.lab.Waiting;
import io.jettison.lab.Workspace;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The emulated guest without Jettison: stopped and saved once, then loaded again and again over
 * absent memory that plain C programs page.
 */
final class PlainVm {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final LabId id;
  private final Path memory;
  private final Path run;
  private final Path natives;
  private final Programs programs;
  private final List<String> guest;

  /**
   * Boots, stops and saves it.
   *
   * @param natives where the emulator and the shim are
   */
  PlainVm(LabId id, Workspace workspace, Path natives, Programs programs, long bytes, int coldMib)
      throws LabException {
    this.id = id;
    this.memory = workspace.memory();
    this.run = workspace.disk();
    this.natives = natives;
    this.programs = programs;
    this.guest =
        List.of(
            "--memory",
            Long.toString(bytes),
            "--cold",
            Integer.toString(coldMib),
            "--hot",
            "1",
            "--tick",
            "1000");
    Console console = new Console(socket("home"));
    try (Child home = emulator(0, "home", Map.of(), List.of())) {
      awaitSocket("home", home);
      console.ask("stop", LIMIT);
      console.ask("save " + run.resolve("plain-state"), LIMIT);
    }
    try (RandomAccessFile away = new RandomAccessFile(ram("away").toFile(), "rw")) {
      away.setLength(bytes);
    } catch (IOException e) {
      throw new LabException("no room for guest memory", e);
    }
  }

  private Path ram(String where) {
    return memory.resolve("plain-" + where);
  }

  private Path socket(String where) {
    return run.resolve("plain-" + where + ".sock");
  }

  private Child emulator(int core, String where, Map<String, String> environment, List<String> more)
      throws LabException {
    List<String> command = new ArrayList<>(List.of(natives.resolve("jettison-emulator") + ""));
    command.addAll(List.of("--ram", ram(where) + "", "--control", socket(where) + ""));
    command.addAll(guest);
    command.addAll(more);
    return Child.start(id, core, environment, command);
  }

  private void awaitSocket(String where, Child child) throws LabException {
    Waiting.until(
        "the emulator does not begin",
        LIMIT,
        () -> {
          if (!child.isAlive()) {
            throw new LabException("the emulator ended at its start");
          }
          return Files.exists(socket(where));
        });
  }

  /** The residual. */
  Path residual() {
    return ram("home");
  }

  /**
   * Has a C handler page it while it touches pages.
   *
   * @param kind where the handler gets pages from: file, unix, tcp, tls
   */
  Reply timed(String kind, int pages, int vmCore, int sourceCore) throws LabException {
    Path note = run.resolve("plain-note");
    try {
      Files.deleteIfExists(socket("away"));
      Files.deleteIfExists(note);
      try (RandomAccessFile away = new RandomAccessFile(ram("away").toFile(), "rw")) {
        long length = away.length();
        away.setLength(0);
        away.setLength(length);
      }
    } catch (IOException e) {
      throw new LabException("the folders of the measurement cannot be written", e);
    }
    Map<String, String> shim =
        Map.of(
            "LD_PRELOAD",
            natives.resolve("libjettison-shim.so") + "",
            "JETTISON_RAM",
            ram("away") + "",
            "JETTISON_NOTE",
            note + "");
    try (Child vm = emulator(vmCore, "away", shim, List.of("--incoming"))) {
      awaitSocket("away", vm);
      if (kind.equals("file")) {
        return served(note, kind, residual().toString(), pages, vmCore);
      }
      String where = kind.equals("unix") ? run.resolve("plain-pages.sock").toString() : "17999";
      List<String> command =
          List.of(
              programs.path("page-server" + suffix(kind)),
              residual().toString(),
              family(kind),
              where);
      try (Child source = Child.start(id, sourceCore, Map.of(), command)) {
        source.expect("READY");
        return served(note, kind, where, pages, vmCore);
      }
    }
  }

  private static String suffix(String kind) {
    return kind.equals("tls") ? "-tls" : "";
  }

  private static String family(String kind) {
    return kind.equals("tls") ? "tcp" : kind;
  }

  private Reply served(Path note, String kind, String where, int pages, int core)
      throws LabException {
    List<String> command =
        List.of(programs.path("uffd-handler" + suffix(kind)), note + "", "0", family(kind), where);
    try (Child handler = Child.start(id, core, Map.of(), command)) {
      handler.expect("READY");
      Console console = new Console(socket("away"));
      console.ask("load " + run.resolve("plain-state"), LIMIT);
      console.ask("cont", LIMIT);
      return console.ask("time " + pages, LIMIT);
    }
  }
}
