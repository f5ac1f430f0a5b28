package io.jettison.bench;

import io.jettison.lab.Cleanup;
import io.jettison.lab.LabException;
import io.jettison.lab.LabHome;
import io.jettison.lab.LabId;
import io.jettison.lab.Processes;
import io.jettison.lab.Talk;
import io.jettison.lab.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Measures. Exit codes: 0 if nothing was wrong (a goal that is missed is not wrong, but shown), 1
 * if anything was, 2 if the command line is.
 */
public final class Bench {
  private static final String USAGE =
      """
      usage: ./jettison bench memory [options]
             ./jettison bench disk [options]
        --only PART              of memory: faults, requests, moves, away or stays; default: the
                                 first three. moves: stays of 5 s beside QEMU's own migration;
                                 away: of 60 s; stays: the same without QEMU's. Of disk: requests,
                                 merge, return or ahead, which reads with each policy of reading
                                 ahead; default: all but that
        --guest busybox|desktop  whose moves (default busybox; desktop: Debian with xfce)
        --rounds N               how often each is measured (default 5)
        --json FILE              write the findings to FILE, for machines
        --table FILE             write them to FILE as Markdown
        --plot FILE              draw them into FILE, a PNG
        --keep                   leave logs of the hosts behind
      """;
  private static final Map<String, Set<String>> PARTS =
      Map.of(
          "memory", Set.of("faults", "requests", "moves", "away", "stays"),
          "disk", Set.of("requests", "merge", "return", "ahead"));
  private static final Set<String> GUESTS = Set.of("busybox", "desktop");
  private static final Duration MOVES_STAY = Duration.ofSeconds(5);
  private static final Duration AWAY_STAY = Duration.ofSeconds(60);
  private static final int WARMUPS = 4;
  private static final int WRONG = 1;
  private static final int USAGE_STATUS = 2;

  private final LabId id = LabId.own();
  private final Cleanup cleanup = new Cleanup();
  private final Talk talk = new Talk(System.out, cleanup);
  private String subject = "";
  private Optional<String> only = Optional.empty();
  private Optional<Path> json = Optional.empty();
  private Optional<Path> table = Optional.empty();
  private Optional<Path> plot = Optional.empty();
  private String guest = "busybox";
  private int rounds = 5;
  private boolean keep;
  private volatile boolean stopped;

  private Bench() {}

  public static void main(String[] arguments) {
    Bench bench = new Bench();
    if (!bench.understands(new ArrayList<>(List.of(arguments)))) {
      System.err.print(USAGE);
      System.exit(USAGE_STATUS);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(bench::stop, "cleanup"));
    System.exit(bench.run());
  }

  private boolean understands(List<String> words) {
    subject = words.isEmpty() ? "" : words.remove(0);
    Set<String> parts = PARTS.getOrDefault(subject, Set.of());
    if (parts.isEmpty()) {
      return false;
    }
    for (Iterator<String> rest = words.iterator(); rest.hasNext(); ) {
      String option = rest.next();
      if (option.equals("--keep")) {
        keep = true;
        continue;
      }
      if (!rest.hasNext()) {
        return false;
      }
      String value = rest.next();
      switch (option) {
        case "--only" -> only = Optional.of(value).filter(parts::contains);
        case "--guest" -> guest = GUESTS.contains(value) ? value : "";
        case "--json" -> json = Optional.of(Path.of(value));
        case "--table" -> table = Optional.of(Path.of(value));
        case "--plot" -> plot = Optional.of(Path.of(value));
        case "--rounds" -> rounds = value.matches("[1-9]\\d{0,3}") ? Integer.parseInt(value) : 0;
        default -> {
          return false;
        }
      }
      if (rounds == 0 || guest.isEmpty() || (option.equals("--only") && only.isEmpty())) {
        return false;
      }
    }
    return true;
  }

  /** What fails from now on, fails since its folders and processes are gone. */
  private void stop() {
    stopped = true;
    cleanup.close();
  }

  private int run() {
    try (cleanup) {
      Workspace.deleteLeftovers();
      Workspace workspace = Workspace.create(id, cleanup);
      cleanup.add(() -> Processes.kill(Processes.of(id::equals)));
      Findings findings = new Findings();
      if (subject.equals("memory")) {
        memory(workspace, findings);
      } else {
        disk(workspace, findings);
      }
      talk.print("\n" + findings.table());
      write(json, findings.json());
      write(table, findings.table());
      draw(findings);
      if (keep) {
        talk.print("Logs of the hosts: " + workspace.keep() + "\n");
      }
      return findings.right() ? 0 : WRONG;
    } catch (LabException e) {
      if (!stopped) {
        System.err.println("bench: " + e.getMessage());
      }
      return WRONG;
    }
  }

  private void memory(Workspace workspace, Findings findings) throws LabException {
    LabHome home = LabHome.find();
    if (wanted("faults")) {
      new Faults(id, home, workspace, cleanup, talk, WARMUPS, rounds).run(findings);
    }
    if (wanted("requests")) {
      new Requests(id, workspace, cleanup, talk, rounds).run(findings);
    }
    if (wanted("moves")) {
      moves(home, workspace, MOVES_STAY).run(findings);
    }
    if (only.equals(Optional.of("away"))) {
      moves(home, workspace, AWAY_STAY).run(findings);
    }
    if (only.equals(Optional.of("stays"))) {
      moves(home, workspace, AWAY_STAY).stays(findings);
    }
  }

  private void disk(Workspace workspace, Findings findings) throws LabException {
    if (wanted("requests")) {
      new DiskRequests(id, workspace, cleanup, talk, rounds).run(findings);
    }
    if (wanted("merge")) {
      new Merges(workspace, talk, rounds).run(findings);
    }
    if (wanted("return")) {
      ReturnBytes.run(findings);
    }
    if (only.equals(Optional.of("ahead"))) {
      new Ahead(id, LabHome.find(), workspace, cleanup, talk, rounds).run(findings);
    }
  }

  private Moves moves(LabHome home, Workspace workspace, Duration stay) {
    return new Moves(id, home, workspace, cleanup, talk, rounds, guest, stay);
  }

  private boolean wanted(String part) {
    return only.isEmpty() || only.get().equals(part);
  }

  private void draw(Findings findings) throws LabException {
    if (plot.isPresent()) {
      try {
        Plot.write(findings.ratios(), plot.get());
      } catch (IOException e) {
        throw new LabException("cannot write " + plot.get(), e);
      }
    }
  }

  private static void write(Optional<Path> file, String text) throws LabException {
    if (file.isPresent()) {
      try {
        Files.writeString(file.get(), text + System.lineSeparator());
      } catch (IOException e) {
        throw new LabException("cannot write " + file.get(), e);
      }
    }
  }
}
