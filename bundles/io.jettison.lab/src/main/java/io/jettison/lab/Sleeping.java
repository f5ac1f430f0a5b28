package io.jettison.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How the PC slept while its VM was away. Times and energies are those of a PC whose time was not
 * sped up.
 *
 * @param asked what was asked for
 * @param residency how the VM had what it missed
 * @param microsleeps each sleep that came to its end
 * @param served each wake that was for something, which was answered
 * @param latestMillis by how much at most it slept later than its policy said, in the lab's time
 * @param wakes how often it was woken
 * @param usedJoules what it used, by the model
 * @param idleJoules what it would have used idling
 * @param serverJoules what the server used for its VM
 */
record Sleeping(
    Options.Sleep asked,
    String residency,
    List<Microsleep> microsleeps,
    List<Served> served,
    double latestMillis,
    long wakes,
    double usedJoules,
    double idleJoules,
    double serverJoules) {
  private static final String ASLEEP = "asleep";
  private static final double PERCENT = 100;
  private static final double MILLIS = 1e3;
  private static final double NANOS_PER_MILLI = 1e6;

  /**
   * One sleep.
   *
   * @param seconds how long
   * @param wokenFor why it ended; one line
   */
  record Microsleep(double seconds, String wokenFor) {}

  /**
   * A wake that was answered, in the lab's time.
   *
   * @param need what was needed
   * @param selective whether it was asked for with a context
   * @param tookMillis from the need to the answer
   * @param afterMillis of that, from when the PC could run
   */
  record Served(String need, boolean selective, double tookMillis, double afterMillis) {}

  /**
   * What the desktop's and the server's books say.
   *
   * @param pc how the PC is
   * @param sent wakes that the server sent
   * @param account of its PC while its VMs are away; none before the first
   * @param timeline all its transitions
   * @param at when they were read
   */
  record Books(JsonNode account, JsonNode pc, JsonNode timeline, JsonNode sent, Instant at) {
    /**
     * From what the commands {@code energy} and {@code wakes} say on the desktop, and the latter on
     * the server.
     */
    static Books of(JsonNode energy, JsonNode wakes, JsonNode onServer) {
      JsonNode account = energy.path("none");
      for (JsonNode each : energy.path("accounts")) {
        if (each.path("kind").asText().equals("pc, VMs away")) {
          account = each;
        }
      }
      return new Books(
          account,
          wakes.path("pcs").path(0),
          wakes.path("timeline"),
          onServer.path("wakes"),
          Instant.now());
    }

    private double joules(String key) {
      return account.path(key).asDouble();
    }
  }

  /** From the books before and after. */
  static Sleeping between(Options.Sleep asked, String residency, Books before, Books after)
      throws LabException {
    if (after.account().isMissingNode()) {
      throw new LabException("the desktop kept no account of its PC: " + after.account());
    }
    double speedup = asked.speedup();
    return new Sleeping(
        asked,
        residency,
        microsleeps(asked, before.at(), after.timeline()),
        served(before.at(), after),
        after.pc().path("latest").asDouble() * MILLIS,
        after.account().path("wakes").asLong() - before.account().path("wakes").asLong(),
        (after.joules("joules") - before.joules("joules")) * speedup,
        (after.joules("idle_joules") - before.joules("idle_joules")) * speedup,
        (after.joules("server_joules") - before.joules("server_joules")) * speedup);
  }

  /** All of them together; of the same PC. */
  static Sleeping sum(List<Sleeping> parts) {
    return new Sleeping(
        parts.get(0).asked(),
        parts.stream().map(Sleeping::residency).distinct().collect(Collectors.joining(", ")),
        parts.stream().flatMap(part -> part.microsleeps().stream()).toList(),
        parts.stream().flatMap(part -> part.served().stream()).toList(),
        parts.stream().mapToDouble(Sleeping::latestMillis).max().orElse(0),
        parts.stream().mapToLong(Sleeping::wakes).sum(),
        parts.stream().mapToDouble(Sleeping::usedJoules).sum(),
        parts.stream().mapToDouble(Sleeping::idleJoules).sum(),
        parts.stream().mapToDouble(Sleeping::serverJoules).sum());
  }

  private static List<Microsleep> microsleeps(
      Options.Sleep asked, Instant since, JsonNode timeline) {
    List<Microsleep> sleeps = new ArrayList<>();
    for (int i = 0; i + 1 < timeline.size(); i++) {
      Instant at = at(timeline.get(i));
      if (at.isAfter(since) && timeline.get(i).path("state").asText().equals(ASLEEP)) {
        JsonNode next = timeline.get(i + 1);
        Duration slept = Duration.between(at, at(next));
        sleeps.add(
            new Microsleep(
                slept.toMillis() / MILLIS * asked.speedup(), next.path("reason").asText()));
      }
    }
    return sleeps;
  }

  private static List<Served> served(Instant since, Books books) {
    List<Served> served = new ArrayList<>();
    for (JsonNode wake : books.sent()) {
      Instant began = at(wake);
      if (began.isAfter(since) && wake.path("end").asText().equals("answered")) {
        double took = wake.path("took").asDouble() * MILLIS;
        awake(began, books.timeline())
            .map(ran -> took - Duration.between(began, ran).toNanos() / NANOS_PER_MILLI)
            .ifPresent(
                after ->
                    served.add(
                        new Served(
                            wake.path("need").asText(),
                            wake.path("selective").asBoolean(),
                            took,
                            after)));
      }
    }
    return served;
  }

  /** When the PC could run again. */
  private static Optional<Instant> awake(Instant since, JsonNode timeline) {
    for (JsonNode transition : timeline) {
      if (at(transition).isAfter(since) && transition.path("state").asText().startsWith("awake")) {
        return Optional.of(at(transition));
      }
    }
    return Optional.empty();
  }

  private static Instant at(JsonNode transition) {
    return Instant.parse(transition.path("at").asText());
  }

  /** The share of the idle energy that was saved on the PC; 0 where there was none to save. */
  double savedFraction() {
    return idleJoules > 0 ? (idleJoules - usedJoules) / idleJoules : 0;
  }

  String text() {
    double asleep = microsleeps.stream().mapToDouble(Microsleep::seconds).sum();
    return String.format(
        Locale.ROOT,
        "PC %s%s, %s: slept %d times, %.0f s in all, woken %d times; used %,.0f J where idling"
            + " takes %,.0f J: %.1f %% saved",
        asked.profile(),
        asked.speedup() == 1 ? "" : ", time " + asked.speedup() + " times as fast",
        residency,
        microsleeps.size(),
        asleep,
        wakes,
        usedJoules,
        idleJoules,
        savedFraction() * PERCENT);
  }

  /** Adds its figures to the report for machines. */
  void json(ObjectNode report) {
    report.put("profile", asked.profile());
    report.put("residency", residency);
    report.put("speedup", asked.speedup());
    report.put("wakes", wakes);
    report.put("energy_idle_j", idleJoules);
    report.put("energy_used_j", usedJoules);
    report.put("energy_server_j", serverJoules);
    report.put("saved_fraction", savedFraction());
    report.put("sleep_latest_ms", latestMillis);
    ArrayNode answered = report.putArray("served");
    for (Served one : served) {
      answered
          .addObject()
          .put("need", one.need())
          .put("selective", one.selective())
          .put("took_ms", one.tookMillis())
          .put("after_wake_ms", one.afterMillis());
    }
    ArrayNode list = report.putArray("microsleeps");
    for (Microsleep one : microsleeps) {
      list.addObject().put("seconds", one.seconds()).put("woken_for", one.wokenFor());
    }
  }
}
