package io.jettison.bench;

import io.jettison.api.memory.Pages;
import io.jettison.lab.Cleanup;
import io.jettison.lab.LabException;
import io.jettison.lab.LabId;
import io.jettison.lab.Ran;
import io.jettison.lab.Reply;
import io.jettison.lab.Talk;
import io.jettison.lab.Waiting;
import io.jettison.lab.Workspace;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * How a disk with an overlay answers over a Unix socket: cownetdisk against qemu-nbd with a qcow2
 * overlay and nbdkit with its cow filter, all with the same base and with the second half of the
 * disk written. The server has one core, the client the other. Nothing comes from afar: cownetdisk
 * has fetched the base before, and the page cache holds all.
 */
final class DiskRequests {
  private static final int SERVER_CORE = 1;
  private static final int CLIENT_CORE = 0;
  private static final long BYTES = 256L << 20;
  private static final long HALF = BYTES / 2;
  private static final String SECONDS = "1";
  private static final int WARMUPS = 4;
  private static final double THROUGHPUT_GOAL = 1;
  private static final double P99_GOAL = 1.5;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** What is asked for. Writes are about the half that was written before. */
  private record Load(int bytes, boolean random, boolean writes, int depth) {
    String name() {
      return "%s_%dk_%s_depth_%d"
          .formatted(order(), bytes >> 10, writes ? "writes" : "reads", depth);
    }

    String order() {
      return random ? "random" : "sequential";
    }

    /** Arguments of the client. */
    List<String> arguments(String uri) {
      long first = writes ? HALF / bytes : 0;
      return List.of(
          uri,
          first + "",
          BYTES / bytes - first + "",
          depth + "",
          SECONDS,
          bytes + "",
          writes ? "write" : "read",
          order());
    }
  }

  private record Rate(double perSecond, double perCpuSecond, double p99Micros) {}

  private record Server(String name, Child child, Path socket) {
    String uri() {
      return "nbd+unix:///" + DiskSource.DISK + "?socket=" + socket;
    }
  }

  private final LabId id;
  private final Path folder;
  private final Path base;
  private final Cleanup cleanup;
  private final Talk talk;
  private final Programs programs;
  private final int rounds;

  DiskRequests(LabId id, Workspace workspace, Cleanup cleanup, Talk talk, int rounds) {
    this.id = id;
    this.folder = workspace.disk().resolve("disk");
    this.base = folder.resolve("base");
    this.cleanup = cleanup;
    this.talk = talk;
    this.programs = new Programs(workspace.disk().resolve("programs"));
    this.rounds = rounds;
  }

  void run(Findings findings) throws LabException {
    fill();
    List<Server> servers = List.of(ours(), qemu(), nbdkit());
    for (Server server : servers) {
      talk.say("requests: filling " + server.name());
      findings.wrong(differing(server));
      load(server, new Load(64 << 10, false, true, 16), 4);
    }
    for (Load load : loads()) {
      measure(findings, servers, load);
    }
    servers.forEach(server -> server.child().close());
  }

  private static List<Load> loads() {
    List<Load> loads = new ArrayList<>();
    for (int depth : new int[] {16, 1}) {
      for (int bytes : new int[] {Pages.SIZE, 64 << 10}) {
        for (boolean writes : new boolean[] {false, true}) {
          loads.add(new Load(bytes, true, writes, depth));
          loads.add(new Load(bytes, false, writes, depth));
        }
      }
    }
    return loads;
  }

  private void measure(Findings findings, List<Server> servers, Load load) throws LabException {
    List<List<Rate>> rates = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    load(servers.get(0), load, WARMUPS); // the JVM warms up
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < servers.size(); i++) {
        rates.get(i).add(load(servers.get(i), load));
      }
    }
    StringBuilder line = new StringBuilder("requests: " + load.name());
    for (int i = 0; i < servers.size(); i++) {
      line.append(
          String.format(
              Locale.ROOT,
              "; %s %,.0f/s (%,.0f a CPU second), p99 %,.0f us",
              servers.get(i).name(),
              median(rates.get(i), Rate::perSecond),
              median(rates.get(i), Rate::perCpuSecond),
              median(rates.get(i), Rate::p99Micros)));
    }
    talk.say(line.toString());
    report(findings, load, rates);
  }

  private static void report(Findings findings, Load load, List<List<Rate>> rates) {
    boolean goal = load.depth() > 1;
    List<Rate> ours = rates.get(0);
    List<List<Rate>> peers = rates.subList(1, rates.size());
    String vs = load.name() + "_vs_best_peer";
    findings.add(
        Ratio.atLeast(
            "per_second_" + vs,
            median(ours, Rate::perSecond),
            peers.stream().mapToDouble(peer -> median(peer, Rate::perSecond)).max().orElse(0),
            "1/s",
            THROUGHPUT_GOAL),
        goal);
    findings.add(
        Ratio.atLeast(
            "per_cpu_second_" + vs,
            median(ours, Rate::perCpuSecond),
            peers.stream().mapToDouble(peer -> median(peer, Rate::perCpuSecond)).max().orElse(0),
            "1/s",
            THROUGHPUT_GOAL),
        false);
    findings.add(
        Ratio.atMost(
            "p99_" + vs,
            median(ours, Rate::p99Micros),
            peers.stream().mapToDouble(peer -> median(peer, Rate::p99Micros)).min().orElse(0),
            "us",
            P99_GOAL),
        goal);
  }

  private static double median(List<Rate> rates, ToDoubleFunction<Rate> figure) {
    return rates.stream()
        .map(figure::applyAsDouble)
        .sorted(Comparator.naturalOrder())
        .toList()
        .get(rates.size() / 2);
  }

  private void fill() throws LabException {
    byte[] chunk = new byte[1 << 20];
    Random random = new Random(1);
    try {
      Files.createDirectories(folder);
      try (RandomAccessFile file = new RandomAccessFile(base.toFile(), "rw")) {
        for (long at = 0; at < BYTES; at += chunk.length) {
          random.nextBytes(chunk);
          file.write(chunk);
        }
      }
    } catch (IOException e) {
      throw new LabException("no room for the disk to serve", e);
    }
  }

  private Server ours() throws LabException {
    Path socket = folder.resolve("ours.sock");
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-XX:+UseSerialGC",
            "-Dio.netty.leakDetection.level=disabled",
            "-cp",
            System.getProperty("java.class.path"),
            DiskSource.class.getName(),
            base.toString(),
            folder.resolve("ours").toString(),
            socket.toString());
    Child child = Child.start(id, SERVER_CORE, Map.of(), command).with(cleanup);
    child.expect("READY");
    return new Server("ours", child, socket);
  }

  private Server qemu() throws LabException {
    Path overlay = folder.resolve("overlay.qcow2");
    Ran.tool("qemu-img", "create", "-q", "-f", "qcow2", "-b", base + "", "-F", "raw", overlay + "");
    Path socket = folder.resolve("qemu.sock");
    return theirs(
        "qemu-nbd",
        socket,
        List.of(
            "qemu-nbd",
            "-t",
            "-f",
            "qcow2",
            "-x",
            DiskSource.DISK,
            "-k",
            socket + "",
            overlay + ""));
  }

  private Server nbdkit() throws LabException {
    Path socket = folder.resolve("nbdkit.sock");
    return theirs(
        "nbdkit",
        socket,
        List.of(
            "env",
            "TMPDIR=" + folder, // where the cow filter has its overlay
            "nbdkit",
            "-f",
            "-U",
            socket + "",
            "--filter=cow",
            "file",
            base + ""));
  }

  private Server theirs(String name, Path socket, List<String> command) throws LabException {
    Child child = Child.quiet(id, SERVER_CORE, command).with(cleanup);
    Waiting.until(
        name + " does not listen",
        Duration.ofSeconds(20),
        () -> {
          if (!child.isAlive()) {
            throw new LabException(name + " ended at its start");
          }
          return Files.exists(socket);
        });
    return new Server(name, child, socket);
  }

  /** Reads all of a disk; returns how many of its blocks are not those of the base. */
  private long differing(Server server) throws LabException {
    Path copy = folder.resolve("copy");
    run(List.of("nbdcopy", server.uri(), copy.toString()));
    try {
      long at = Files.mismatch(base, copy);
      Files.delete(copy);
      return at < 0 ? 0 : 1;
    } catch (IOException e) {
      throw new LabException("the copy of a disk cannot be read", e);
    }
  }

  private void load(Server server, Load load, int times) throws LabException {
    for (int i = 0; i < times; i++) {
      load(server, load);
    }
  }

  private Rate load(Server server, Load load) throws LabException {
    List<String> command = new ArrayList<>(Child.onCore(CLIENT_CORE));
    command.add(programs.path("nbd-load"));
    command.addAll(load.arguments(server.uri()));
    double before = server.child().cpuSeconds();
    String line = run(command);
    double cpu = server.child().cpuSeconds() - before;
    Reply reply = Reply.parse(line).orElseThrow(() -> new LabException("not understood: " + line));
    double requests = reply.number("requests");
    double seconds = Double.parseDouble(reply.values().getOrDefault("seconds", "0"));
    return new Rate(requests / seconds, requests / cpu, reply.number("p99_ns") / 1e3);
  }

  private static String run(List<String> command) throws LabException {
    Ran ran = Ran.of(LIMIT, Map.of(), command);
    if (ran.exit() != 0) {
      throw new LabException(String.join(" ", command) + " failed: " + ran.complaint());
    }
    return ran.out();
  }
}
