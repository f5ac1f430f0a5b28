package io.jettison.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * What the lab found, for people and for machines.
 *
 * @param vm kind of VM
 * @param accelerator kvm, tcg or none
 * @param network how the hosts were joined
 * @param memoryBytes guest RAM
 * @param disk the disk it wrote, if it had one
 * @param sleeping how its PC slept in each cycle, if it did
 * @param wanted how many cycles were asked for
 * @param cycles those that came to their end
 * @param troubles what ended the run early; one line each
 */
record Report(
    VmKind vm,
    String accelerator,
    String network,
    long memoryBytes,
    Optional<Disk> disk,
    List<Sleeping> sleeping,
    int wanted,
    List<Cycle> cycles,
    List<String> troubles) {
  /**
   * A disk that followed the VM.
   *
   * @param format of its image
   * @param fileSystem what a check of it said in the end; {@link Image#CLEAN} if nothing is wrong
   */
  record Disk(DiskFormat format, String fileSystem) {
    /** There was no end to check it at. */
    static final String UNCHECKED = "unchecked";

    private static final Set<String> GOOD = Set.of(Image.CLEAN, Image.NONE, UNCHECKED);

    boolean wrong() {
      return !GOOD.contains(fileSystem);
    }
  }

  private static final double MIB = 1 << 20;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private record Column(String title, int width, int digits, ToDoubleFunction<Cycle> value) {
    static Column of(String title, int width, int digits, Cycle.Figure figure, double unit) {
      return new Column(title, width, digits, cycle -> cycle.value(figure) / unit);
    }

    String cell(double number) {
      return cell(String.format(Locale.ROOT, "%." + digits + "f", number));
    }

    String cell(String text) {
      return String.format(Locale.ROOT, "%" + width + "s", text);
    }
  }

  private static final List<Column> COLUMNS =
      List.of(
          Column.of("out ms", 8, 1, Cycle.Figure.CONSOLIDATE_DOWNTIME_MS, 1),
          Column.of("back ms", 9, 1, Cycle.Figure.REINTEGRATE_DOWNTIME_MS, 1),
          Column.of("descr KiB", 11, 0, Cycle.Figure.DESCRIPTOR_BYTES, 1024),
          Column.of("total", 9, 0, Cycle.Figure.PAGES_TOTAL, 1),
          Column.of("resident", 10, 0, Cycle.Figure.PAGES_RESIDENT, 1),
          Column.of("fetched", 9, 0, Cycle.Figure.PAGES_FETCHED, 1),
          Column.of("waits", 7, 0, Cycle.Figure.WAITS, 1),
          Column.of("zero", 8, 0, Cycle.Figure.PAGES_ZERO, 1),
          Column.of("dirty", 7, 0, Cycle.Figure.PAGES_DIRTY, 1),
          Column.of("MiB out", 9, 2, Cycle.Figure.BYTES_TO_SERVER, MIB),
          Column.of("MiB back", 10, 2, Cycle.Figure.BYTES_TO_DESKTOP, MIB),
          Column.of("p50 us", 8, 0, Cycle.Figure.FAULT_P50_US, 1),
          Column.of("p99 us", 8, 0, Cycle.Figure.FAULT_P99_US, 1),
          Column.of("max us", 8, 0, Cycle.Figure.FAULT_MAX_US, 1),
          new Column("bad", 5, 0, Cycle::badPages),
          Column.of("blocks", 8, 0, Cycle.Figure.DISK_BLOCKS_FETCHED, 1),
          Column.of("b.dirty", 9, 0, Cycle.Figure.DISK_BLOCKS_DIRTY, 1),
          new Column("b.bad", 7, 0, Cycle::badBlocks));

  /** Everything that is wrong, one line each; empty if all went well. */
  List<String> problems() {
    List<String> problems = new ArrayList<>(troubles);
    for (int i = 0; i < cycles.size(); i++) {
      for (String problem : cycles.get(i).problems()) {
        problems.add("cycle " + (i + 1) + ": " + problem);
      }
    }
    disk.filter(Disk::wrong)
        .ifPresent(
            end -> problems.add("the file system of the disk is damaged: " + end.fileSystem()));
    if (cycles.size() < wanted) {
      problems.add("only " + cycles.size() + " of " + wanted + " cycles came to their end");
    }
    return problems;
  }

  /** The table and the verdict. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%nVM %s (%s), %.0f MiB, disk: %s, network: %s%n%n",
            vm.word(),
            accelerator,
            memoryBytes / MIB,
            disk.map(end -> end.format().word()).orElse("none"),
            network));
    if (!cycles.isEmpty()) {
      text.append(row("cycle", column -> column.cell(column.title), "tcp"));
      for (int i = 0; i < cycles.size(); i++) {
        Cycle cycle = cycles.get(i);
        text.append(
            row(
                Integer.toString(i + 1),
                column -> column.cell(column.value.applyAsDouble(cycle)),
                cycle.connection().map(health -> health.alive() ? "alive" : "lost").orElse("-")));
      }
      text.append(row("median", column -> column.cell(median(column.value)), ""));
      text.append(System.lineSeparator());
    }
    for (int i = 0; i < sleeping.size(); i++) {
      text.append("cycle ").append(i + 1).append(": ").append(sleeping.get(i).text());
      text.append(System.lineSeparator());
    }
    if (!sleeping.isEmpty()) {
      text.append(System.lineSeparator());
    }
    List<String> problems = problems();
    for (String problem : problems) {
      text.append("WRONG: ").append(problem).append(System.lineSeparator());
    }
    if (problems.isEmpty()) {
      text.append(
          String.format(
              Locale.ROOT,
              "All %d cycles are clean: %,d pages%s verified in each, 0 bad.%n",
              cycles.size(),
              cycles.get(0).workloadPages(),
              disk.isPresent()
                  ? String.format(
                      Locale.ROOT, " and some %,d blocks", cycles.get(0).workloadBlocks())
                  : ""));
    }
    return text.toString();
  }

  /** The report for machines. */
  String json() {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("vm", vm.word());
    root.put("accel", accelerator);
    root.put("network", network);
    root.put("memory_bytes", memoryBytes);
    root.put("disk", disk.map(end -> end.format().word()).orElse(null));
    root.put("disk_file_system", disk.map(Disk::fileSystem).orElse(null));
    root.put("ok", problems().isEmpty());
    if (!sleeping.isEmpty()) {
      Sleeping.sum(sleeping).json(root);
      ArrayNode each = root.putArray("sleeping");
      sleeping.forEach(pc -> pc.json(each.addObject()));
    }
    ArrayNode list = root.putArray("cycles");
    cycles.forEach(cycle -> list.add(cycle.json(MAPPER)));
    ObjectNode medians = root.putObject("medians");
    if (!cycles.isEmpty()) {
      for (Cycle.Figure figure : Cycle.Figure.values()) {
        medians.put(figure.key(), median(cycle -> cycle.value(figure)));
      }
    }
    ArrayNode wrong = root.putArray("problems");
    problems().forEach(wrong::add);
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a tree of numbers and strings is always JSON", e);
    }
  }

  private static String row(String head, Function<Column, String> cell, String tail) {
    String cells = COLUMNS.stream().map(cell).collect(Collectors.joining());
    return String.format(Locale.ROOT, "%-6s%s %6s", head, cells, tail).stripTrailing()
        + System.lineSeparator();
  }

  private double median(ToDoubleFunction<Cycle> value) {
    double[] sorted = cycles.stream().mapToDouble(value).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
