package io.jettison.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlotTest {
  @TempDir Path folder;

  @Test
  void aBarIsDrawnForEachRatioThatHasOne() throws Exception {
    Path file = folder.resolve("plot.png");
    Plot.write(
        List.of(
            Ratio.atMost("fault_p50_vs_c_tcp", 18, 60, "us", 1.3),
            Ratio.atLeast("requests_vs_nbdkit", 300, 100, "1/s", 1.3),
            Ratio.atMost("never_measured", 1, 0, "us", 1)),
        file);
    BufferedImage image = ImageIO.read(file.toFile());
    assertThat(image.getWidth()).isEqualTo(1000);
    assertThat(image.getHeight()).isEqualTo(140 + 2 * 26);
  }
}
