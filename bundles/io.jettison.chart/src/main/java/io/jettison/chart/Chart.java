package io.jettison.chart;

import io.jettison.energy.PcState;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Draws a timeline: the PC's power over time as steps, where it was woken, and what it would draw
 * idling. May be called by any thread.
 */
public final class Chart {
  private static final Set<String> KINDS = Set.of("png", "svg");
  private static final int WIDTH = 1000;
  private static final int HEIGHT = 420;
  private static final int MARKER_SIZE = 7;
  private static final double HEADROOM = 1.08;
  private static final double PERCENT = 100;

  private static final Color POWER = new Color(0x2b, 0x5c, 0x8a);
  private static final Color IDLING = new Color(0x8a, 0x8a, 0x8a);
  private static final Color WOKEN = new Color(0xc2, 0x3b, 0x22);
  private static final Color WOKEN_FOR_ONE = new Color(0xe0, 0x9a, 0x1a);
  private static final BasicStroke THIN = new BasicStroke(1.2f);
  private static final BasicStroke DASHED =
      new BasicStroke(1, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, new float[] {6, 4}, 0);

  /** What the axis of time counts. */
  private record Unit(String name, double seconds) {
    private static final Unit SECONDS = new Unit("s", 1);
    private static final Unit MINUTES = new Unit("min", 60);
    private static final Unit HOURS = new Unit("h", 3600);

    /** One in which a time is a number of one to three digits. */
    static Unit of(double seconds) {
      return seconds < 3 * MINUTES.seconds
          ? SECONDS
          : seconds < 3 * HOURS.seconds ? MINUTES : HOURS;
    }
  }

  private Chart() {}

  /**
   * Draws.
   *
   * @param file whose name ends in {@code .png} or {@code .svg}; replaced if it is there
   * @throws IOException if it cannot be written
   * @throws IllegalArgumentException if its name ends otherwise
   */
  public static void draw(Timeline timeline, Path file) throws IOException {
    if (!canDraw(file)) {
      throw new IllegalArgumentException(file + " is neither a .png nor an .svg");
    }
    Files.write(file, ChartEncoder.getBytes(chart(timeline), kind(file)));
  }

  /** Whether a file of this name is a picture that {@link #draw} draws. */
  public static boolean canDraw(Path file) {
    return KINDS.contains(kind(file));
  }

  private static String kind(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  private static XYChart chart(Timeline timeline) {
    List<Timeline.Step> steps = timeline.steps();
    double seconds = timeline.account().seconds();
    double idle = timeline.profile().idleWatts();
    Unit unit = Unit.of(seconds);
    double most =
        Math.max(
            idle,
            steps.stream()
                .mapToDouble(step -> step.state().watts(timeline.profile()))
                .max()
                .orElse(0));
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title(timeline))
            .xAxisTitle("time, " + unit.name())
            .yAxisTitle("power, W")
            .build();
    chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(LegendLayout.Horizontal);
    chart.getStyler().setMarkerSize(MARKER_SIZE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setPlotGridVerticalLinesVisible(false);
    chart.getStyler().setXAxisMin(0.0);
    chart.getStyler().setXAxisMax(seconds / unit.seconds());
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setYAxisMax(most * HEADROOM);
    line(chart, "power of the PC", power(timeline, steps, unit), POWER, THIN);
    line(chart, "idling all the time", level(seconds / unit.seconds(), idle), IDLING, DASHED);
    marks(chart, "woken", wakes(timeline, steps, unit, PcState.RESUMING), WOKEN);
    marks(
        chart,
        "woken for one thing",
        wakes(timeline, steps, unit, PcState.RESUMING_SELECTIVE),
        WOKEN_FOR_ONE);
    return chart;
  }

  static String title(Timeline timeline) {
    return String.format(
        Locale.ROOT,
        "%s (%s): %.1f %% saved",
        timeline.title(),
        timeline.profile().name(),
        timeline.account().savedFraction() * PERCENT);
  }

  private static Points level(double until, double watts) {
    Points points = new Points();
    points.add(0, watts);
    points.add(until, watts);
    return points;
  }

  private static Points power(Timeline timeline, List<Timeline.Step> steps, Unit unit) {
    Points points = new Points();
    for (Timeline.Step step : steps) {
      double watts = step.state().watts(timeline.profile());
      points.add(step.from() / unit.seconds(), watts);
      points.add(step.until() / unit.seconds(), watts);
    }
    return points;
  }

  private static Points wakes(
      Timeline timeline, List<Timeline.Step> steps, Unit unit, PcState how) {
    Points points = new Points();
    for (Timeline.Step step : steps) {
      if (step.woken() && step.state() == how) {
        points.add(step.from() / unit.seconds(), how.watts(timeline.profile()));
      }
    }
    return points;
  }

  private static void line(
      XYChart chart, String name, Points points, Color color, BasicStroke stroke) {
    XYSeries series = chart.addSeries(name, points.x, points.y);
    series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Line);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(color);
    series.setLineStyle(stroke);
  }

  private static void marks(XYChart chart, String name, Points points, Color color) {
    if (points.x.isEmpty()) {
      return;
    }
    XYSeries series = chart.addSeries(name, points.x, points.y);
    series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    series.setMarker(SeriesMarkers.TRIANGLE_DOWN);
    series.setMarkerColor(color);
  }

  private static final class Points {
    private final List<Double> x = new ArrayList<>();
    private final List<Double> y = new ArrayList<>();

    void add(double time, double watts) {
      x.add(time);
      y.add(watts);
    }
  }
}
