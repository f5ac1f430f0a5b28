package io.jettison.bench;

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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * How many 4 KiB requests a second of one core serves: memsrv against NBD servers with the same
 * bytes, by TCP on loopback. The server has one core, the client the other; divided by the CPU time
 * the server used, so that a server that waits for its client is not blamed.
 */
final class Requests {
  private static final int SERVER_CORE = 1;
  private static final int CLIENT_CORE = 0;
  private static final long BYTES = 256L << 20;
  private static final long PAGES = BYTES >> 12;
  private static final String EPOCH = "1";
  private static final String SECONDS = "3";
  private static final int NBDKIT_PORT = 17998;
  private static final int QEMU_PORT = 17997;
  private static final String NBDKIT = "nbd://127.0.0.1:" + NBDKIT_PORT;

  private record Rate(double perCpuSecond, double perSecond) {}

  private final LabId id;
  private final Path ram;
  private final Cleanup cleanup;
  private final Talk talk;
  private final Programs programs;
  private final int rounds;

  Requests(LabId id, Workspace workspace, Cleanup cleanup, Talk talk, int rounds) {
    this.id = id;
    this.ram = workspace.memory().resolve("requests");
    this.cleanup = cleanup;
    this.talk = talk;
    this.programs = new Programs(workspace.disk().resolve("programs"));
    this.rounds = rounds;
  }

  void run(Findings findings) throws LabException {
    fill();
    try (Child memsrv = memsrv();
        Child nbdkit =
            nbd(
                NBDKIT_PORT,
                List.of("nbdkit", "-f", "-p", NBDKIT_PORT + "", "memory", BYTES + ""));
        Child qemu =
            nbd(
                QEMU_PORT,
                List.of(
                    "qemu-nbd", "-r", "-t", "-f", "raw", "-p", QEMU_PORT + "", ram.toString()))) {
      Ran.tool("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", ram + "", NBDKIT);
      for (int depth : new int[] {64, 16, 1}) {
        List<Rate> ours = new ArrayList<>();
        List<Rate> kit = new ArrayList<>();
        List<Rate> qemus = new ArrayList<>();
        ours(memsrv, depth); // the JVM warms up
        for (int i = 0; i < rounds; i++) {
          talk.say("requests: depth " + depth + ", round " + (i + 1) + " of " + rounds);
          ours.add(ours(memsrv, depth));
          kit.add(theirs(nbdkit, NBDKIT_PORT, depth));
          qemus.add(theirs(qemu, QEMU_PORT, depth));
        }
        compare(findings, "nbdkit", depth, ours, kit, depth > 1);
        compare(findings, "qemu-nbd", depth, ours, qemus, false);
      }
    }
  }

  private static void compare(
      Findings findings, String peer, int depth, List<Rate> ours, List<Rate> theirs, boolean goal) {
    String tail = "_depth_" + depth + "_vs_" + peer;
    findings.add(
        Ratio.atLeast(
            "requests_per_cpu_second" + tail, median(ours, true), median(theirs, true), "1/s", 1.3),
        goal);
    findings.add(
        Ratio.atLeast(
            "requests_per_second" + tail, median(ours, false), median(theirs, false), "1/s", 1.3),
        false);
  }

  private static double median(List<Rate> rates, boolean perCpu) {
    return rates.stream()
        .map(rate -> perCpu ? rate.perCpuSecond() : rate.perSecond())
        .sorted(Comparator.naturalOrder())
        .toList()
        .get(rates.size() / 2);
  }

  private void fill() throws LabException {
    byte[] chunk = new byte[1 << 20];
    Random random = new Random(1);
    try (RandomAccessFile file = new RandomAccessFile(ram.toFile(), "rw")) {
      for (long at = 0; at < BYTES; at += chunk.length) {
        random.nextBytes(chunk);
        file.write(chunk);
      }
    } catch (IOException e) {
      throw new LabException("no room for the pages to serve", e);
    }
  }

  private Child memsrv() throws LabException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-XX:+UseSerialGC",
            "-Dio.netty.leakDetection.level=disabled",
            "-cp",
            System.getProperty("java.class.path"),
            PageSource.class.getName(),
            ram.toString(),
            EPOCH);
    Child child = Child.start(id, SERVER_CORE, Map.of(), command).with(cleanup);
    child.expect("READY");
    return child;
  }

  private Child nbd(int port, List<String> command) throws LabException {
    Child child = Child.quiet(id, SERVER_CORE, command).with(cleanup);
    Waiting.until(
        command.get(0) + " does not listen", Duration.ofSeconds(20), () -> listens(port, child));
    return child;
  }

  private static boolean listens(int port, Child child) throws LabException {
    if (!child.isAlive()) {
      throw new LabException("an NBD server ended at its start");
    }
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private Rate ours(Child memsrv, int depth) throws LabException {
    List<String> command =
        List.of(programs.path("page-load"), EPOCH, "0", PAGES + "", depth + "", SECONDS);
    try (Child load = Child.start(id, CLIENT_CORE, Map.of(), command)) {
      memsrv.say(load.expect("PORT"));
      double before = memsrv.cpuSeconds();
      Reply reply = reply("OK " + load.expect("OK"));
      Rate rate = rate(reply, memsrv.cpuSeconds() - before);
      memsrv.say("0");
      memsrv.expect("CLOSED");
      return rate;
    }
  }

  private Rate theirs(Child server, int port, int depth) throws LabException {
    double before = server.cpuSeconds();
    Ran ran =
        Ran.of(
            Duration.ofMinutes(1),
            Map.of(),
            concat(
                Child.onCore(CLIENT_CORE),
                List.of(
                    programs.path("nbd-load"),
                    "nbd://127.0.0.1:" + port,
                    "0",
                    PAGES + "",
                    depth + "",
                    SECONDS)));
    if (ran.exit() != 0) {
      throw new LabException("nbd-load failed: " + ran.complaint());
    }
    return rate(reply(ran.out()), server.cpuSeconds() - before);
  }

  private static List<String> concat(List<String> first, List<String> second) {
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  private static Reply reply(String line) throws LabException {
    return Reply.parse(line).orElseThrow(() -> new LabException("not understood: " + line));
  }

  private static Rate rate(Reply reply, double cpuSeconds) throws LabException {
    double requests = reply.number("requests");
    String seconds = reply.values().getOrDefault("seconds", "0");
    return new Rate(requests / cpuSeconds, requests / Double.parseDouble(seconds));
  }
}
