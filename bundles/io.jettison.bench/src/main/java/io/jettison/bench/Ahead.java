package io.jettison.bench;

import io.jettison.lab.Cleanup;
import io.jettison.lab.Host;
import io.jettison.lab.LabException;
import io.jettison.lab.LabHome;
import io.jettison.lab.LabId;
import io.jettison.lab.Namespaces;
import io.jettison.lab.Ran;
import io.jettison.lab.Reply;
import io.jettison.lab.Talk;
import io.jettison.lab.Waiting;
import io.jettison.lab.Workspace;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
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
 * What reading ahead brings to a guest on the server that reads its disk for the first time: hosts
 * as they ship, 1 Gb/s between them, each policy beside none. A client takes the guest's place at
 * the disk. Each run is a stay of its own, so that nothing was fetched before.
 */
final class Ahead {
  private static final String VM = "pc";
  private static final String DESKTOP = "desktop";
  private static final String NONE = "none";
  private static final List<String> POLICIES = List.of("cluster", "pivot", "recall");
  private static final long BYTES = 256L << 20; // more than the network carries in a run
  private static final String SECONDS = "1";
  private static final int BLOCK = 4096;
  private static final double MIB = 1 << 20;
  private static final Duration LIMIT = Duration.ofMinutes(1);

  /** How the guest reads: one request at a time, so that each that is missed is waited for. */
  private record Load(int bytes, String order) {
    String name() {
      return order + "_" + (bytes >> 10) + "k";
    }

    List<String> arguments() {
      return List.of("0", BYTES / bytes + "", "1", SECONDS, bytes + "", "read", order);
    }
  }

  /** 128 KiB is what Linux reads ahead by itself, in a file that is read from its beginning. */
  private static final List<Load> LOADS =
      List.of(
          new Load(BLOCK, "sequential"),
          new Load(128 << 10, "sequential"),
          new Load(BLOCK, "random"));

  private record Rate(double mibPerSecond, double fetchedForRead) {}

  private final Path folder;
  private final Cleanup cleanup;
  private final Talk talk;
  private final int rounds;
  private final Programs programs;
  private final Host server;
  private final Host desktop;
  private final LabHome home;
  private final String address;

  Ahead(LabId id, LabHome home, Workspace workspace, Cleanup cleanup, Talk talk, int rounds)
      throws LabException {
    this.folder = workspace.disk();
    this.cleanup = cleanup;
    this.talk = talk;
    this.rounds = rounds;
    this.home = home;
    this.programs = new Programs(folder.resolve("programs"));
    Namespaces network = Namespaces.create(id, cleanup);
    this.address = network.serverAddress();
    this.server = new Host(id, "server", workspace, network.onServer());
    this.desktop = new Host(id, DESKTOP, workspace, network.onDesktop());
  }

  void run(Findings findings) throws LabException {
    server.install(home.server(), configuration(NONE));
    desktop.install(home.desktop(), configuration());
    server.start(cleanup);
    desktop.start(cleanup);
    Waiting.until("the desktop does not know its VM", LIMIT, () -> !desktop.ask("vms").isEmpty());
    desktop.ask("boot", VM);
    for (Load load : LOADS) {
      use(NONE);
      List<Rate> without = rates(load, NONE);
      for (String policy : POLICIES) {
        use(policy);
        report(findings, load, policy, rates(load, policy), without);
      }
    }
    desktop.ask("poweroff", VM);
  }

  private String configuration(String policy) {
    return """
    [server]
    listen = %s
    memory = 1 GiB
    [residuals]
    size = 0
    [cownetdisk]
    prefetch = %s
    """
        .formatted(address, policy);
  }

  private String configuration() throws LabException {
    return """
    [desktop]
    name = %s
    server = %s
    [consolidation.idle]
    idle = 1 h
    [vm.emulator %s]
    memory = 64 MiB
    cold = 16 MiB
    hot = 1 MiB
    tick = 1 s
    disk = %s
    """
        .formatted(DESKTOP, address, VM, image());
  }

  /** Bytes that cannot be compressed, so that the network carries all of them. */
  private Path image() throws LabException {
    Path image = folder.resolve("image");
    Random random = new Random(3);
    byte[] piece = new byte[1 << 20];
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(image))) {
      for (long at = 0; at < BYTES; at += piece.length) {
        random.nextBytes(piece);
        out.write(piece);
      }
    } catch (IOException e) {
      throw new LabException("no room for a disk", e);
    }
    return image;
  }

  private void use(String policy) throws LabException {
    server.configure(configuration(policy));
    Waiting.until(
        "the server does not take its new configuration",
        LIMIT,
        () -> server.ask("config").findValuesAsText("prefetch").contains(policy));
  }

  private List<Rate> rates(Load load, String policy) throws LabException {
    List<Rate> rates = new ArrayList<>();
    rate(load); // the JVMs warm up
    for (int i = 0; i < rounds; i++) {
      rates.add(rate(load));
    }
    talk.say(
        String.format(
            Locale.ROOT,
            "ahead: %s, %s: %.1f MiB/s, %.2f blocks fetched for each read",
            load.name(),
            policy,
            median(rates, Rate::mibPerSecond),
            median(rates, Rate::fetchedForRead)));
    return rates;
  }

  private Rate rate(Load load) throws LabException {
    desktop.ask("consolidate", VM);
    Path socket = server.runFolder(DESKTOP + "~" + VM).resolve("disk-disk0.sock");
    List<String> command = new ArrayList<>(List.of(programs.path("nbd-load")));
    command.add("nbd+unix:///disk0?socket=" + socket);
    command.addAll(load.arguments());
    Ran ran = Ran.of(LIMIT, Map.of(), command);
    Reply reply =
        Reply.parse(ran.out()).orElseThrow(() -> new LabException("no load: " + ran.complaint()));
    double fetched = desktop.ask("reintegrate", VM).path("blocks_fetched").asDouble();
    double bytes = reply.number("bytes");
    double seconds = Double.parseDouble(reply.values().getOrDefault("seconds", "0"));
    return new Rate(bytes / MIB / seconds, fetched * BLOCK / bytes);
  }

  private static double median(List<Rate> rates, ToDoubleFunction<Rate> figure) {
    return rates.stream()
        .map(figure::applyAsDouble)
        .sorted(Comparator.naturalOrder())
        .toList()
        .get(rates.size() / 2);
  }

  private static void report(
      Findings findings, Load load, String policy, List<Rate> with, List<Rate> without) {
    String name = load.name() + "_" + policy + "_vs_" + NONE;
    findings.add(
        Ratio.atLeast(
            "read_" + name,
            median(with, Rate::mibPerSecond),
            median(without, Rate::mibPerSecond),
            "MiB/s",
            1),
        false);
    findings.add(
        Ratio.atMost(
            "fetched_for_each_" + name,
            median(with, Rate::fetchedForRead),
            median(without, Rate::fetchedForRead),
            "blocks",
            1),
        false);
  }
}
