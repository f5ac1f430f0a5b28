package io.jettison.bench;

import io.jettison.lab.Cleanup;
import io.jettison.lab.Console;
import io.jettison.lab.Host;
import io.jettison.lab.LabException;
import io.jettison.lab.LabHome;
import io.jettison.lab.LabId;
import io.jettison.lab.Reply;
import io.jettison.lab.Talk;
import io.jettison.lab.Workspace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How long a vCPU waits for a page: memtap and memsrv, as they ship, against a C handler and a C
 * page server that do nothing else. The vCPU and whatever serves its faults share one core, the
 * page source has another, for both.
 */
final class Faults {
  /** Where the plain handler gets its pages from. */
  private enum Source {
    FILE,
    UNIX,
    TCP,
    TLS;

    String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private static final int VM_CORE = 0;
  private static final int SOURCE_CORE = 1;
  private static final int COLD_MIB = 256;
  private static final long MEMORY = 320L << 20;
  private static final int PAGES = 40_000;
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final LabId id;
  private final LabHome home;
  private final Workspace workspace;
  private final Cleanup cleanup;
  private final Talk talk;
  private final int warmups;
  private final int rounds;

  Faults(
      LabId id,
      LabHome home,
      Workspace workspace,
      Cleanup cleanup,
      Talk talk,
      int warmups,
      int rounds) {
    this.id = id;
    this.home = home;
    this.workspace = workspace;
    this.cleanup = cleanup;
    this.talk = talk;
    this.warmups = warmups;
    this.rounds = rounds;
  }

  /** Measures; adds what it finds. */
  void run(Findings findings) throws LabException {
    Pair hosts = new Pair(id, home, workspace, cleanup, vm(), MEMORY, VM_CORE, SOURCE_CORE);
    Host desktop = hosts.desktop();
    desktop.ask("boot", Pair.VM);
    Path natives = workspace.disk().resolve("desktop/state/native");
    PlainVm plain =
        new PlainVm(
            id,
            workspace,
            natives,
            new Programs(workspace.disk().resolve("programs")),
            MEMORY,
            COLD_MIB);
    for (int i = 0; i < warmups; i++) {
      talk.say("faults: warming up, " + (i + 1) + " of " + warmups);
      ours(hosts);
    }
    List<Reply> ours = new ArrayList<>();
    Map<Source, List<Reply>> theirs = new EnumMap<>(Source.class);
    for (int i = 0; i < rounds; i++) {
      talk.say("faults: round " + (i + 1) + " of " + rounds);
      ours.add(ours(hosts));
      for (Source source : Source.values()) {
        theirs
            .computeIfAbsent(source, s -> new ArrayList<>())
            .add(plain.timed(source.word(), PAGES, VM_CORE, SOURCE_CORE));
      }
    }
    hosts.useTls();
    List<Reply> tls = ours(hosts, "TLS");
    hosts.useQuic();
    List<Reply> quic = ours(hosts, "QUIC");
    desktop.ask("poweroff", Pair.VM);
    report(findings, ours, theirs);
    List<Reply> plainTls = theirs.getOrDefault(Source.TLS, List.of());
    reportEncrypted(findings, "tls", tls, ours, plainTls);
    reportEncrypted(findings, "quic", quic, ours, plainTls);
  }

  private static String vm() {
    return """
    [vm.emulator %s]
    memory = %d B
    cold = %d MiB
    hot = 1 MiB
    tick = 1 s
    """
        .formatted(Pair.VM, MEMORY, COLD_MIB);
  }

  private static Reply ours(Pair hosts) throws LabException {
    hosts.desktop().ask("consolidate", Pair.VM);
    Reply reply = new Console(hosts.remote("control.sock")).ask("time " + PAGES, LIMIT);
    hosts.desktop().ask("reintegrate", Pair.VM);
    return reply;
  }

  private List<Reply> ours(Pair hosts, String by) throws LabException {
    List<Reply> replies = new ArrayList<>();
    for (int i = 0; i < warmups + rounds; i++) {
      talk.say("faults: by " + by + ", " + (i + 1) + " of " + (warmups + rounds));
      Reply reply = ours(hosts);
      if (i >= warmups) {
        replies.add(reply);
      }
    }
    return replies;
  }

  private void report(Findings findings, List<Reply> ours, Map<Source, List<Reply>> theirs)
      throws LabException {
    for (Source source : Source.values()) {
      List<Reply> plain = theirs.getOrDefault(source, List.of());
      boolean counts = source == Source.TCP;
      for (String key : List.of("p50", "p99", "p999")) {
        String name = "fault_" + key + "_vs_c_" + source.word();
        double goal = key.equals("p50") ? 1.3 : 2;
        Ratio ratio =
            Ratio.atMost(name, micros(ours, key), micros(plain, key), "us", counts ? goal : 100);
        findings.add(ratio, counts && !key.equals("p999"));
      }
      findings.add(
          Ratio.atLeast(
              "pages_per_second_vs_c_" + source.word(), rate(ours), rate(plain), "1/s", 0.01),
          false);
    }
    findings.wrong(bad(ours));
    for (List<Reply> plain : theirs.values()) {
      findings.wrong(bad(plain));
    }
  }

  private static void reportEncrypted(
      Findings findings, String by, List<Reply> ours, List<Reply> tcp, List<Reply> plainTls)
      throws LabException {
    String vs = "_by_" + by + "_vs_";
    for (String key : List.of("p50", "p99", "p999")) {
      String name = "fault_" + key + vs;
      findings.add(
          Ratio.atMost(name + "by_tcp", micros(ours, key), micros(tcp, key), "us", 1), false);
      findings.add(
          Ratio.atMost(name + "c_tls", micros(ours, key), micros(plainTls, key), "us", 1), false);
    }
    String name = "pages_per_second" + vs;
    findings.add(Ratio.atLeast(name + "by_tcp", rate(ours), rate(tcp), "1/s", 1), false);
    findings.add(Ratio.atLeast(name + "c_tls", rate(ours), rate(plainTls), "1/s", 1), false);
    findings.wrong(bad(ours));
  }

  private static long bad(List<Reply> replies) throws LabException {
    long sum = 0;
    for (Reply reply : replies) {
      sum += reply.number("bad");
    }
    return sum;
  }

  private static double micros(List<Reply> replies, String key) throws LabException {
    List<Long> values = new ArrayList<>();
    for (Reply reply : replies) {
      values.add(reply.number(key + "_ns"));
    }
    values.sort(Comparator.naturalOrder());
    return values.get(values.size() / 2) / 1e3;
  }

  private static double rate(List<Reply> replies) throws LabException {
    double pages = 0;
    double seconds = 0;
    for (Reply reply : replies) {
      pages += reply.number("pages");
      seconds += reply.number("elapsed_ns") / 1e9;
    }
    return pages / seconds;
  }
}
