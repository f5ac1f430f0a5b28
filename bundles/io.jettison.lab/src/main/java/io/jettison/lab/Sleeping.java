package io.jettison.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How the PC slept while its VM was away. Times and energies are those of a PC whose time was not
 * sped up.
 *
 * @param asked what was asked for
 * @param residency how the VM had what it missed
 * @param microsleeps each sleep that came to its end
 * @param wakes how often it was woken
 * @param usedJoules what it used, by the model
 * @param idleJoules what it would have used idling
 * @param serverJoules what the server used for its VM
 */
record Sleeping(
    Options.Sleep asked,
    String residency,
    List<Microsleep> microsleeps,
    long wakes,
    double usedJoules,
    double idleJoules,
    double serverJoules) {
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

  /**
   * What the desktop's books say.
   *
   * @param account of its PC while its VMs are away; none before the first
   * @param timeline all its transitions
   * @param at when they were read
   */
  record Books(JsonNode account, JsonNode timeline, Instant at) {
    /** From what the desktop's commands {@code energy} and {@code wakes} say. */
    static Books of(JsonNode energy, JsonNode wakes) {
      JsonNode account = energy.path("none");
      for (JsonNode each : energy.path("accounts")) {
        if (each.path("kind").asText().equals("pc, VMs away")) {
          account = each;
        }
      }
      return new Books(account, wakes.path("timeline"), Instant.now());
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
    ArrayNode list = report.putArray("microsleeps");
    for (Microsleep one : microsleeps) {
      list.addObject().put("seconds", one.seconds()).put("woken_for", one.wokenFor());
    }
  }
}
