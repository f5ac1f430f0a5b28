package io.jettison.lab;

import io.jettison.api.Outcome;
import io.jettison.api.Quantity;
import io.jettison.api.RefusedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * What the lab was asked to do.
 *
 * @param cycles how often the VM goes out and comes home
 * @param vm the kind of VM; empty to choose the best this machine has
 * @param memoryBytes guest RAM
 * @param coldMib guest memory that is written once and then only read, in MiB
 * @param hotMib guest memory that is rewritten all the time, in MiB
 * @param guest which Linux guest, under QEMU
 * @param disk format of the disk it writes; empty if it has none
 * @param diskMib size of that disk, in MiB
 * @param idle whether nobody uses the VM while it is on the server
 * @param dirty pages that its user changes there each second
 * @param stay how long the VM runs on the server in each cycle
 * @param json where to write the report for machines
 * @param prefetch the server's prefetch policy; empty for the one it chooses
 * @param residuals room for what the server keeps between stays; empty for the default
 * @param presend how often the desktop fetches what changed ahead; empty for the default
 * @param quic whether the hosts talk by QUIC in place of TCP
 * @param rehearsals how many moves of a VM that nobody uses are rehearsed first
 * @param sleep how the PC sleeps while its VM is away; empty: it stays awake
 * @param charts folder for charts of what the PC drew, if it sleeps
 * @param tour whether nothing was asked for that says whether the PC is to sleep
 * @param loopback whether to do without network namespaces although they could be had
 * @param keep whether to leave the hosts' folders behind, for a look at logs and configuration
 */
public record Options(
    int cycles,
    Optional<VmKind> vm,
    GuestKind guest,
    Optional<DiskFormat> disk,
    int diskMib,
    boolean idle,
    long memoryBytes,
    int coldMib,
    int hotMib,
    int dirty,
    Duration stay,
    Optional<Path> json,
    String prefetch,
    String residuals,
    String presend,
    boolean quic,
    int rehearsals,
    Optional<Sleep> sleep,
    Path charts,
    boolean tour,
    boolean loopback,
    boolean keep) {
  /**
   * A PC that sleeps.
   *
   * @param profile the power profile that says what it draws and how long it takes
   * @param policy the sleep policy; empty for the one it chooses
   * @param speedup by what all its times are divided
   * @param residencies the residency policies, one cycle each, and again from the first
   */
  public record Sleep(String profile, String policy, int speedup, List<String> residencies) {
    /** The residency policy of a cycle, counted from 1. */
    String residency(int cycle) {
      return residencies.get((cycle - 1) % residencies.size());
    }
  }

  /** What is shown to who asks for nothing: the same guest with each residency policy. */
  private static final Sleep TOUR =
      new Sleep("xps7100", "", 10, List.of("microsleep", "park", "auto"));

  private static final int TOUR_STAY = 30;
  private static final int STAY = 10;

  private static final long MIB = 1L << 20;

  /** Memory the guest's kernel and programs need beside the workload, in MiB. */
  private static final long GUEST_NEEDS_MIB = 160;

  private static final long DESKTOP_NEEDS_MIB = 1024;

  private static final int LEAST_DISK_MIB = 64;

  /** The same, with a PC that stays awake and a VM that is used meanwhile. */
  Options awake() {
    return new Options(
        cycles,
        vm,
        guest,
        disk,
        diskMib,
        false,
        memoryBytes,
        coldMib,
        hotMib,
        dirty,
        Duration.ofSeconds(STAY),
        json,
        prefetch,
        residuals,
        presend,
        quic,
        rehearsals,
        Optional.empty(),
        charts,
        false,
        loopback,
        keep);
  }

  static final String USAGE =
      """
      usage: ./jettison lab [options]
      Without any of --cycles, --stay, --idle, --vm, --loopback and what concerns the PC, the PC
      sleeps while its VM is away, and each of the three cycles shows another residency.
        --cycles N              out and home N times (default 3)
        --vm qemu|emulator      kind of VM (default: qemu where it is installed)
        --guest busybox|desktop the Linux in it (default busybox; desktop: Debian with xfce)
        --memory SIZE           guest RAM (default '1 GiB', desktop '1536 MiB')
        --cold MIB              memory the guest only reads (default 3/8 of its RAM, desktop 64)
        --hot MIB               memory the guest rewrites all the time (default 16, desktop 4)
        --dirty PAGES           what is changed each second while it is on the server (default 32)
        --no-disk               a guest that writes no disk (the desktop guest never does)
        --disk MIB              size of the disk it writes (default 256)
        --disk-format FORMAT    raw or qcow2 (default raw; the emulator: raw)
        --stay SECONDS          time on the server in each cycle (default 10)
        --idle                  nobody uses the VM while it is on the server
        --json FILE             write the report to FILE, for machines
        --prefetch POLICY       none, pivot, cluster, hoarding, hybrid, recall (default recall)
        --residuals SIZE        room for pages kept between stays (default '16 GiB'; 0: none)
        --presend DURATION      how often changed pages come ahead (default '60 s'; '0 s': never)
        --quic                  the hosts talk by QUIC in place of TCP
        --rehearsals N          moves of a VM that nobody uses, first (default 12; 0: none)
        --profile PROFILE       the PC sleeps while its VM is away, and wakes when it is needed; what
                                it draws and how long it takes is that of xps7100, custom,
                                custom-caesar, 2s-pc or minipc
        --sleep POLICY          fixed, optimal, skirental, adaptive: how long it waits before it
                                sleeps (default adaptive)
        --residency NAMES       microsleep, park, auto: whether the PC is woken for missing pages, or
                                the cold rest is parked on the server; of several, with commas, a
                                cycle each (default auto)
        --speedup N             divides all times of the PC, not of its VM (default 1)
        --charts FOLDER         where what the PC drew is drawn, a PNG a cycle (default
                                jettison-charts in the folder for temporary files)
        --loopback              no network namespaces: both hosts on 127.0.0.1
        --keep                  leave logs and configuration of the hosts behind
      """;

  /** Reads a command line. */
  public static Outcome<Options> parse(List<String> arguments) {
    Parser parser = new Parser();
    Iterator<String> words = arguments.iterator();
    try {
      while (words.hasNext()) {
        parser.take(words.next(), words);
      }
      return parser.options();
    } catch (RefusedException e) {
      return e.refusal().as();
    }
  }

  private static final class Parser {
    private static final String LIST = "./jettison lab --help lists all";

    private int cycles = -1;
    private Optional<VmKind> vm = Optional.empty();
    private GuestKind guest = GuestKind.BUSYBOX;
    private boolean noDisk;
    private Optional<DiskFormat> diskFormat = Optional.empty();
    private int disk = -1;
    private boolean idle;
    private long memory = -1;
    private int cold = -1;
    private int hot = -1;
    private int dirty = 32;
    private int stay = -1;
    private Optional<Path> json = Optional.empty();
    private String prefetch = "";
    private String residuals = "";
    private String presend = "";
    private boolean quic;
    private int rehearsals = 12;
    private String profile = "";
    private String sleepPolicy = "";
    private List<String> residencies = List.of();
    private Path charts = Path.of(System.getProperty("java.io.tmpdir"), "jettison-charts");
    private int speedup = -1;
    private boolean loopback;
    private boolean keep;

    /** Takes an option, and its value from the words that follow. */
    void take(String option, Iterator<String> words) {
      switch (option) {
        case "--cycles" -> cycles = number(option, words, 10_000);
        case "--cold" -> cold = number(option, words, 1 << 20);
        case "--hot" -> hot = number(option, words, 1 << 20);
        case "--dirty" -> dirty = number(option, words, 1 << 20);
        case "--stay" -> stay = number(option, words, 86_400);
        case "--memory" -> memory = Quantity.bytes(value(option, words)).orThrow();
        case "--json" -> json = Optional.of(Path.of(value(option, words)));
        case "--guest" -> guest = guest(value(option, words));
        case "--no-disk" -> noDisk = true;
        case "--disk" -> disk = number(option, words, 1 << 20);
        case "--disk-format" -> diskFormat = Optional.of(format(value(option, words)));
        case "--idle" -> idle = true;
        case "--vm" -> vm = Optional.of(kind(value(option, words)));
        case "--prefetch" -> prefetch = value(option, words);
        case "--residuals" -> residuals = value(option, words);
        case "--presend" -> presend = duration(value(option, words));
        case "--quic" -> quic = true;
        case "--rehearsals" -> rehearsals = number(option, words, 100);
        case "--profile" -> profile = value(option, words);
        case "--sleep" -> sleepPolicy = value(option, words);
        case "--charts" -> charts = Path.of(value(option, words));
        case "--residency" -> residencies = List.of(value(option, words).split(",", -1));
        case "--speedup" -> speedup = number(option, words, 1000);
        case "--loopback" -> loopback = true;
        case "--keep" -> keep = true;
        default -> throw refused("unknown option '" + option + "'", LIST);
      }
    }

    Outcome<Options> options() {
      boolean desktop = guest == GuestKind.DESKTOP;
      if (desktop && vm.equals(Optional.of(VmKind.EMULATOR))) {
        return Outcome.refused("the emulator runs no Linux", "leave out --guest, or --vm emulator");
      }
      checkDisk(desktop);
      if (memory < 0) {
        memory = (desktop ? 1536 : 1024) * MIB;
      }
      long mib = memory / MIB;
      if (memory % MIB != 0 || mib < 256 || mib > 1 << 20) {
        return Outcome.refused(
            "--memory is " + memory + " bytes", "give whole MiB, 256 MiB at least");
      }
      long coldMib = cold >= 0 ? cold : desktop ? 64 : mib * 3 / 8;
      int hotMib = hot >= 0 ? hot : desktop ? 4 : 16;
      long needs = desktop ? DESKTOP_NEEDS_MIB : GUEST_NEEDS_MIB;
      if (coldMib + hotMib + needs > mib) {
        return Outcome.refused(
            "a guest of "
                + mib
                + " MiB cannot hold "
                + coldMib
                + " MiB cold and "
                + hotMib
                + " MiB hot",
            "leave " + needs + " MiB for its kernel: raise --memory or lower --cold");
      }
      boolean tour = cycles < 0 && stay < 0 && !idle && vm.isEmpty() && !loopback && !concernsPc();
      return Outcome.done(
          new Options(
              cycles < 0 ? 3 : cycles,
              vm,
              guest,
              desktop || noDisk ? Optional.empty() : Optional.of(diskFormat.orElse(DiskFormat.RAW)),
              disk < 0 ? 256 : disk,
              idle || tour,
              memory,
              (int) coldMib,
              hotMib,
              dirty,
              Duration.ofSeconds(stay >= 0 ? stay : tour ? TOUR_STAY : STAY),
              json,
              prefetch,
              residuals,
              presend,
              quic,
              rehearsals,
              tour ? Optional.of(TOUR) : sleep(),
              charts,
              tour,
              loopback,
              keep));
    }

    private boolean concernsPc() {
      return !profile.isEmpty() || !sleepPolicy.isEmpty() || !residencies.isEmpty() || speedup >= 0;
    }

    private void checkDisk(boolean desktop) {
      boolean described = disk >= 0 || diskFormat.isPresent();
      if (described && noDisk) {
        throw refused("--no-disk, but a disk is described", "leave one of them out");
      }
      if (described && desktop) {
        throw refused("the desktop guest writes no disk", "leave out --disk and --disk-format");
      }
      if (disk >= 0 && disk < LEAST_DISK_MIB) {
        throw refused(
            "a disk of " + disk + " MiB holds no file system with a journal",
            "give " + LEAST_DISK_MIB + " MiB at least");
      }
      if (diskFormat.equals(Optional.of(DiskFormat.QCOW2))
          && vm.equals(Optional.of(VmKind.EMULATOR))) {
        throw refused("the emulator's disk is raw", "leave out --disk-format");
      }
    }

    private Optional<Sleep> sleep() {
      if (profile.isEmpty() && concernsPc()) {
        throw refused("a PC that sleeps needs a power profile", "add --profile xps7100");
      }
      if (!profile.isEmpty() && loopback) {
        throw refused("on loopback there is no cable to wake a PC by", "leave out --loopback");
      }
      return profile.isEmpty()
          ? Optional.empty()
          : Optional.of(
              new Sleep(
                  profile,
                  sleepPolicy,
                  Math.max(1, speedup),
                  residencies.isEmpty() ? List.of("auto") : residencies));
    }

    private static DiskFormat format(String word) {
      return DiskFormat.named(word)
          .orElseThrow(
              () -> refused("'" + word + "' is no format of a disk", "write raw or qcow2"));
    }

    private static String value(String option, Iterator<String> words) {
      if (!words.hasNext()) {
        throw refused(option + " lacks its value", LIST);
      }
      return words.next();
    }

    private static String duration(String word) {
      Quantity.duration(word).orThrow();
      return word;
    }

    private static VmKind kind(String word) {
      return VmKind.named(word)
          .orElseThrow(() -> refused("'" + word + "' is no kind of VM", "write qemu or emulator"));
    }

    private static GuestKind guest(String word) {
      return GuestKind.named(word)
          .orElseThrow(() -> refused("'" + word + "' is no guest", "write busybox or desktop"));
    }

    private static int number(String option, Iterator<String> words, int most) {
      String text = value(option, words);
      String remedy = "write a whole number from 1 to " + most;
      if (!text.matches("\\d{1,9}")) {
        throw refused(option + " '" + text + "' is not a number", remedy);
      }
      int number = Integer.parseInt(text);
      if (number < 1 || number > most) {
        throw refused(option + " " + text + " is out of range", remedy);
      }
      return number;
    }

    private static RefusedException refused(String reason, String remedy) {
      return new RefusedException(new Outcome.Refused<>(reason, remedy));
    }
  }
}
