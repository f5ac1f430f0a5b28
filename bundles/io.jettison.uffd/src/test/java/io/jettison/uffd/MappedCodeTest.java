package io.jettison.uffd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MappedCodeTest {
  @Test
  void allCodeOfAProcessIsMapped() throws Exception {
    Process other = new ProcessBuilder("cat").start();
    try {
      awaitLoaded(other);
      assertThat(missingCode(other.pid())).isPositive();
      assertThat(MappedCode.faultIn(other.pid())).isPositive();
      assertThat(missingCode(other.pid())).isZero();
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void aProcessThatIsGoneIsLeftAlone() throws Exception {
    Process other = new ProcessBuilder("true").start();
    other.waitFor();
    assertThat(MappedCode.faultIn(other.pid())).isZero();
  }

  private static void awaitLoaded(Process cat) throws IOException {
    cat.getOutputStream().write('\n');
    cat.getOutputStream().flush();
    assertThat(cat.getInputStream().read()).isEqualTo('\n');
  }

  /** KiB of the files it executes that are not in its page tables. */
  private static long missingCode(long pid) throws IOException {
    long missing = 0;
    boolean code = false;
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps"))) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        code = line.matches("\\S+ r-xp \\S+ \\S+ [1-9]\\d* +/.*");
      } else if (code && line.startsWith("Size:")) {
        missing += kib(line);
      } else if (code && line.startsWith("Rss:")) {
        missing -= kib(line);
      }
    }
    return missing;
  }

  private static long kib(String line) {
    return Long.parseLong(line.replaceAll("\\D", ""));
  }
}
