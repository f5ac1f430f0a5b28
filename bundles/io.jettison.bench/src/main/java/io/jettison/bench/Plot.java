package io.jettison.bench;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.HorizontalBarChart;
import org.knowm.xchart.HorizontalBarChartBuilder;

/** Ratios as bars: how many times better we are than each peer, on a scale of powers of two. */
final class Plot {
  private static final int WIDTH = 1000;
  private static final int ROW_HEIGHT = 26;
  private static final int MARGINS = 140;
  private static final Color BETTER = new Color(0x3b, 0x7d, 0x4f);

  private Plot() {}

  /**
   * Draws a PNG.
   *
   * @throws IOException if the file cannot be written
   */
  static void write(List<Ratio> ratios, Path file) throws IOException {
    List<Double> factors = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = ratios.size() - 1; i >= 0; i--) { // the first bar is the lowest
      Ratio ratio = ratios.get(i);
      double factor = ratio.lessIsBetter() ? 1 / ratio.ratio() : ratio.ratio();
      if (Double.isFinite(factor) && factor > 0) {
        factors.add(Math.log(factor) / Math.log(2));
        names.add(ratio.name().replace('_', ' '));
      }
    }
    HorizontalBarChart chart =
        new HorizontalBarChartBuilder()
            .width(WIDTH)
            .height(MARGINS + ROW_HEIGHT * names.size())
            .title("Times better than the peer")
            .build();
    chart.getStyler().setLegendVisible(false);
    chart.getStyler().setXAxisTickLabelsFormattingFunction(Plot::times);
    chart.getStyler().setSeriesColors(new Color[] {BETTER});
    chart.addSeries("ours", factors, names);
    ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", file.toFile());
  }

  private static String times(double power) {
    double factor = Math.pow(2, power);
    return factor >= 1 ? "×" + round(factor) : "1/" + round(1 / factor);
  }

  private static String round(double factor) {
    return factor == Math.rint(factor)
        ? "" + (long) factor
        : String.format(Locale.ROOT, "%.1f", factor);
  }
}
