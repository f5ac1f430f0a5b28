package io.jettison.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a run found: ratios, in order, those with a goal among them, and whether all was right. */
final class Findings {
  private record Finding(Ratio ratio, boolean hasGoal) {}

  private final List<Finding> all = new ArrayList<>();
  private long wrong;

  /**
   * Adds a ratio.
   *
   * @param hasGoal whether its goal is one, or it is only for comparison
   */
  void add(Ratio ratio, boolean hasGoal) {
    all.add(new Finding(ratio, hasGoal));
  }

  /** Adds pages that were found wrong. */
  void wrong(long pages) {
    wrong += pages;
  }

  /** Whether every page was right. */
  boolean right() {
    return wrong == 0;
  }

  /** All ratios, in order. */
  List<Ratio> ratios() {
    return all.stream().map(Finding::ratio).toList();
  }

  /** For machines: {@code ratios}: name to ours, peer, unit, ratio, goal, holds. */
  String json() {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    ObjectNode ratios = root.putObject("ratios");
    for (Finding finding : all) {
      Ratio ratio = finding.ratio();
      ObjectNode node = ratios.putObject(ratio.name());
      node.put("ours", ratio.ours()).put("peer", ratio.peer()).put("unit", ratio.unit());
      node.put("ratio", ratio.ratio());
      if (finding.hasGoal()) {
        node.put("goal", ratio.goal()).put("holds", ratio.holds());
      }
    }
    root.put("bad_pages", wrong);
    return root.toPrettyString();
  }

  /** For people: a Markdown table. */
  String table() {
    StringBuilder text =
        new StringBuilder("| measured | ours | peer | unit | ratio | goal | holds |\n");
    text.append("|---|---|---|---|---|---|---|\n");
    for (Finding finding : all) {
      Ratio r = finding.ratio();
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %s | %.2f | %s | %s |%n",
              r.name().replace('_', ' '),
              figure(r.ours()),
              figure(r.peer()),
              r.unit(),
              r.ratio(),
              finding.hasGoal() ? (r.lessIsBetter() ? "≤ " : "≥ ") + r.goal() : "",
              finding.hasGoal() ? r.holds() ? "yes" : "**no**" : ""));
    }
    return text + "\nWrong pages: " + wrong + "\n";
  }

  private static String figure(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
  }
}
