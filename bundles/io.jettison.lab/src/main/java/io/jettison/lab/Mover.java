package io.jettison.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Takes the VM through its cycles, and has it verify its memory and its disk. */
final class Mover {
  private static final int WORKLOAD_PORT = 7000;
  private static final Duration BOOT_LIMIT = Duration.ofMinutes(3);
  private static final Duration IDLE_LIMIT = Duration.ofMinutes(3);
  private static final Duration VERIFY_LIMIT = Duration.ofMinutes(2);

  /** Echoes are rarer while the VM shall fall idle. */
  private static final Duration IDLE_PACE = Duration.ofMillis(500);

  private static final Duration BUSY_PACE = Duration.ofMillis(50);
  private static final Duration COMMAND_INTERVAL = Duration.ofSeconds(1);

  /** What the server's end of a stay looks at: a verification of all would fetch all of it. */
  private static final List<String> DISK_AWAY = List.of("disk-write 20", "disk-check 20");

  /**
   * What was found wrong.
   *
   * @param pages of memory
   * @param blocks of the disk
   */
  private record Bad(long pages, long blocks) {}

  private final Host desktop;
  private final Host server;
  private final Optional<Client> client;
  private final Workload workload;
  private final Workload remoteWorkload;
  private final boolean disk;
  private final Function<String, String> settings;
  private final Talk talk;
  private long workloadPages;

  /**
   * For a VM that is off.
   *
   * @param client the client outside, if there is a network for it
   * @param local the workload's console while the VM is at home
   * @param remote its console while it is on the server
   * @param disk whether it writes a disk
   * @param settings the desktop's configuration with a residency policy
   */
  Mover(
      Host desktop,
      Host server,
      Optional<Client> client,
      Workload local,
      Workload remote,
      boolean disk,
      Function<String, String> settings,
      Talk talk) {
    this.desktop = desktop;
    this.server = server;
    this.client = client;
    this.workload = client.<Workload>map(c -> c).orElse(local);
    this.remoteWorkload = client.<Workload>map(c -> c).orElse(remote);
    this.disk = disk;
    this.settings = settings;
    this.talk = talk;
  }

  /** Has moves rehearsed, of a VM of the desktop's own. */
  void rehearse() throws LabException {
    talk.say("rehearsing moves with a VM that nobody uses");
    awaitDescription();
    JsonNode moves = desktop.ask("rehearse");
    if (!moves.isEmpty()) {
      talk.say(words("the first rehearsal", moves.get(0)));
      talk.say(words("the last of " + moves.size(), moves.get(moves.size() - 1)));
    }
  }

  private void awaitDescription() throws LabException {
    Waiting.until(
        "the desktop does not know its VM; see its configuration and log",
        Duration.ofSeconds(30),
        () -> !status().isMissingNode());
  }

  private static String words(String which, JsonNode move) {
    return String.format(
        Locale.ROOT,
        "%s: down %.1f ms out, %.1f ms back",
        which,
        move.get("out_nanos").asDouble() / 1e6,
        move.get("back_nanos").asDouble() / 1e6);
  }

  /** Boots the VM, opens the client's connection and verifies the workload a first time. */
  void boot(Optional<String> address) throws LabException {
    talk.say("booting the VM");
    awaitDescription();
    desktop.ask("boot", VmSettings.NAME);
    if (client.isPresent() && address.isPresent()) {
      client.get().connect(address.get(), WORKLOAD_PORT, BOOT_LIMIT);
    }
    Waiting.until("the workload does not come up", BOOT_LIMIT, this::workloadAnswers);
    Reply verified = workload.ask("verify", VERIFY_LIMIT);
    workloadPages = verified.number("pages");
    if (verified.number("bad") != 0) {
      throw new LabException("the workload is wrong before it ever moved: " + verified.text());
    }
    String blocks = "";
    if (disk) {
      Reply read = workload.ask("disk-verify", VERIFY_LIMIT);
      if (read.number("bad") != 0) {
        throw new LabException("the disk is wrong before it ever moved: " + read.text());
      }
      blocks = ", " + count(read.number("blocks")) + " blocks";
    }
    talk.say("the workload is up and verified: " + count(workloadPages) + " pages" + blocks);
  }

  /** Has this residency policy be asked from now on. */
  void reside(String residency) throws LabException {
    desktop.configure(settings.apply(residency));
    Waiting.until(
        "the desktop does not take the residency policy " + residency,
        Duration.ofSeconds(30),
        () -> desktop.call("config").out().contains('"' + residency + '"'));
  }

  /** One way out and home. */
  Cycle cycle(int number, Options options) throws LabException {
    Duration stay = options.stay();
    String cycle = "cycle " + number + ": ";
    pace(IDLE_PACE);
    talk.say(cycle + "waiting for the VM to be idle");
    awaitConsolidation();
    pace(BUSY_PACE);
    long began = System.nanoTime();
    talk.say(cycle + "on the server; it runs there for " + stay.toSeconds() + " s");
    Bad away = options.idle() ? rest(stay) : live(stay, options.dirty());
    double seconds = secondsSince(began);
    talk.say(cycle + "bringing it home");
    long asked = System.nanoTime();
    JsonNode figures = desktop.askAtKeyboard("reintegrate", VmSettings.NAME);
    double returning = secondsSince(asked);
    Optional<Client.Health> health = health();
    talk.say(cycle + "home; verifying every page");
    Reply verified = workload.ask("verify", VERIFY_LIMIT);
    if (verified.number("pages") != workloadPages) {
      throw new LabException("the workload lost pages on its way: " + verified.text());
    }
    long blocks = 0;
    long badBlocks = away.blocks;
    if (disk) {
      Reply read = workload.ask("disk-verify", VERIFY_LIMIT);
      blocks = read.number("blocks");
      badBlocks += read.number("bad");
    }
    long badPages = away.pages + verified.number("bad");
    Cycle result =
        new Cycle(figures, seconds, returning, workloadPages, badPages, blocks, badBlocks, health);
    talk.say(
        String.format(
            Locale.ROOT,
            "%sdown %.1f ms out, %.1f ms back; %s pages fetched, %s dirty, %d bad%s",
            cycle,
            result.value(Cycle.Figure.CONSOLIDATE_DOWNTIME_MS),
            result.value(Cycle.Figure.REINTEGRATE_DOWNTIME_MS),
            count((long) result.value(Cycle.Figure.PAGES_FETCHED)),
            count((long) result.value(Cycle.Figure.PAGES_DIRTY)),
            badPages,
            disk ? blocks(result) : ""));
    return result;
  }

  private static String blocks(Cycle cycle) {
    return String.format(
        Locale.ROOT,
        "; %s blocks fetched, %s dirty, %d bad",
        count((long) cycle.value(Cycle.Figure.DISK_BLOCKS_FETCHED)),
        count((long) cycle.value(Cycle.Figure.DISK_BLOCKS_DIRTY)),
        cycle.badBlocks());
  }

  /** What the desktop has noted of its PC so far. */
  Sleeping.Books books() throws LabException {
    return Sleeping.Books.of(desktop.ask("energy"), desktop.ask("wakes"), server.ask("wakes"));
  }

  /** Has the desktop draw what its PC did since then. */
  void draw(Instant since, Path chart) throws LabException {
    Duration ago = Duration.between(since, Instant.now());
    desktop.ask("timeline", chart.toString(), "--since", ago.toSeconds() + " s");
  }

  /** Ends the VM; fetches it once more if it left home meanwhile. */
  void powerOff() throws LabException {
    Waiting.until(
        "the VM cannot be switched off",
        IDLE_LIMIT,
        () ->
            desktop.call("poweroff", VmSettings.NAME).exit() == 0
                || (desktop.call("reintegrate", VmSettings.NAME).exit() == 0
                    && desktop.call("poweroff", VmSettings.NAME).exit() == 0));
  }

  /**
   * Asks the server: the desktop may sleep as soon as its VM has left, in the middle of an answer.
   */
  private void awaitConsolidation() throws LabException {
    long began = System.nanoTime();
    while (!server.call("vms").out().contains("\"remote\"")) {
      if (System.nanoTime() - began > IDLE_LIMIT.toNanos()) {
        throw new LabException(
            "the desktop's policy did not consolidate the VM in "
                + IDLE_LIMIT.toSeconds()
                + " s; it says: "
                + status());
      }
      Waiting.pause(Duration.ofMillis(500));
    }
  }

  private static double secondsSince(long began) {
    return Duration.ofNanos(System.nanoTime() - began).toMillis() / 1000.0;
  }

  private static Bad rest(Duration stay) throws LabException {
    Waiting.pause(stay);
    return new Bad(0, 0);
  }

  /** Uses the VM while it is on the server. */
  private Bad live(Duration stay, int dirty) throws LabException {
    long bad = 0;
    long end = System.nanoTime() + stay.toNanos();
    while (System.nanoTime() < end) {
      for (String command : new String[] {"touch 32", "dirty " + dirty}) {
        Reply reply = remoteWorkload.ask(command, VERIFY_LIMIT);
        bad += reply.values().containsKey("bad") ? reply.number("bad") : 0;
      }
      long left = end - System.nanoTime();
      Waiting.pause(Duration.ofNanos(Math.max(0, Math.min(left, COMMAND_INTERVAL.toNanos()))));
    }
    long badBlocks = 0;
    for (String command : disk ? DISK_AWAY : List.<String>of()) {
      badBlocks += remoteWorkload.ask(command, VERIFY_LIMIT).number("bad");
    }
    return new Bad(bad, badBlocks);
  }

  private boolean workloadAnswers() throws LabException {
    try {
      workload.ask("verify", VERIFY_LIMIT);
      return true;
    } catch (LabException e) {
      // still booting; a VM that ended is not waited for
      if (!state().equals("local")) {
        throw e;
      }
      return false;
    }
  }

  private void pace(Duration pace) throws LabException {
    if (client.isPresent()) {
      client.get().pace(pace);
    }
  }

  private Optional<Client.Health> health() throws LabException {
    return client.isPresent() ? Optional.of(client.get().health()) : Optional.empty();
  }

  private String state() throws LabException {
    return status().path("state").asText().toLowerCase(Locale.ROOT);
  }

  private JsonNode status() throws LabException {
    JsonNode vms = desktop.ask("vms");
    for (JsonNode vm : vms) {
      if (vm.path("name").asText().equals(VmSettings.NAME)) {
        return vm;
      }
    }
    return vms.path("none");
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
