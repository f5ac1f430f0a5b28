package io.jettison.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

class ChartTest {
  private static final int WOKEN = 0xffc23b22;
  private static final int POWER = 0xff2b5c8a;

  @TempDir private Path folder;
  private final Timeline night =
      new Timeline("pc1", TimelineTest.PROFILE, TimelineTest.night(), 0, 120 * TimelineTest.SECOND);

  @Test
  void aPngShowsPowerAndWakes() throws Exception {
    Path file = folder.resolve("night.PNG");
    Chart.draw(night, file);
    BufferedImage image = ImageIO.read(file.toFile());
    assertThat(image.getWidth()).isEqualTo(1000);
    assertThat(count(image, POWER)).isGreaterThan(500);
    assertThat(count(image, WOKEN)).isGreaterThan(10);
    Timeline evening =
        new Timeline(
            "pc1", TimelineTest.PROFILE, TimelineTest.night(), 0, 50 * TimelineTest.SECOND);
    Chart.draw(evening, file);
    assertThat(count(ImageIO.read(file.toFile()), WOKEN)).isZero();
  }

  private static int count(BufferedImage image, int color) {
    int count = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        count += image.getRGB(x, y) == color ? 1 : 0;
      }
    }
    return count;
  }

  @Test
  void anSvgShowsThemAsWell() throws Exception {
    Path file = folder.resolve("night.svg");
    Chart.draw(night, file);
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    Document svg = factory.newDocumentBuilder().parse(file.toFile());
    assertThat(svg.getDocumentElement().getTagName()).isEqualTo("svg");
    // words are drawn as well; colors tell what is there
    assertThat(Files.readString(file)).contains("rgb(43,92,138)", "rgb(194,59,34)");
    assertThat(Chart.title(night)).isEqualTo("pc1 (test): 64.0 % saved");
  }

  @Test
  void otherKindsOfFilesAreNotWritten() {
    Path file = folder.resolve("night.pdf");
    assertThatThrownBy(() -> Chart.draw(night, file)).isInstanceOf(IllegalArgumentException.class);
    assertThat(Files.exists(file)).isFalse();
  }
}
