package io.jettison.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How the PC slept while its VM was away. Times and energies are those of a PC whose time was not
 * sped up.
 *
 * @param asked what was asked for
 * @param microsleeps each sleep that came to its end
 * @param wakes how often it was woken
 * @param usedJoules what it used, by the model
 * @param idleJoules what it would have used idling
 * @param serverJoules what the server used for its VM
 */
record Sleeping(
    Options.Sleep asked,
    List<Microsleep> microsleeps,
    long wakes,
    double usedJoules,
    double idleJoules,
    double serverJoules) {
  /** The VM's missing pages are fetched from the PC, which is woken for them. */
  private static final String RESIDENCY = "microsleep";

  private static final String ASLEEP = "asleep";
  private static final double PERCENT = 100;
  private static final double MILLIS = 1e3;

  /**
   * One sleep.
   *
   * @param seconds how long
   * @param wokenFor why it ended; one line
   */
  record Microsleep(double seconds, String wokenFor) {}

  /** From what the desktop's commands {@code energy} and {@code wakes} say. */
  static Sleeping of(Options.Sleep asked, JsonNode energy, JsonNode wakes) throws LabException {
    for (JsonNode account : energy.path("accounts")) {
      if (account.path("kind").asText().equals("pc, VMs away")) {
        return new Sleeping(
            asked,
            microsleeps(asked, wakes.path("timeline")),
            account.path("wakes").asLong(),
            account.path("joules").asDouble() * asked.speedup(),
            account.path("idle_joules").asDouble() * asked.speedup(),
            account.path("server_joules").asDouble() * asked.speedup());
      }
    }
    throw new LabException("the desktop kept no account of its PC: " + energy);
  }

  private static List<Microsleep> microsleeps(Options.Sleep asked, JsonNode timeline) {
    List<Microsleep> sleeps = new ArrayList<>();
    for (int i = 0; i + 1 < timeline.size(); i++) {
      if (timeline.get(i).path("state").asText().equals(ASLEEP)) {
        JsonNode next = timeline.get(i + 1);
        Duration slept = Duration.between(at(timeline.get(i)), at(next));
        sleeps.add(
            new Microsleep(
                slept.toMillis() / MILLIS * asked.speedup(), next.path("reason").asText()));
      }
    }
    return sleeps;
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
            + " takes %,.0f J: %.1f %% saved%n",
        asked.profile(),
        asked.speedup() == 1 ? "" : ", time " + asked.speedup() + " times as fast",
        RESIDENCY,
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
    report.put("residency", RESIDENCY);
    report.put("speedup", asked.speedup());
    report.put("wakes", wakes);
    report.put("energy_idle_j", idleJoules);
    report.put("energy_used_j", usedJoules);
    report.put("energy_server_j", serverJoules);
    report.put("saved_fraction", savedFraction());
    ArrayNode list = report.putArray("microsleeps");
    for (Microsleep one : microsleeps) {
      list.addObject().put("seconds", one.seconds()).put("woken_for", one.wokenFor());
    }
  }
}
