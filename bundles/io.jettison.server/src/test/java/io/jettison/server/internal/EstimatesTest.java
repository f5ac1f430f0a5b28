package io.jettison.server.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.vm.Places;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EstimatesTest {
  private static final String VM = "pc1/vm";

  @TempDir Path folder;

  private Estimates estimates() {
    return new Estimates(new Places(folder, folder, folder));
  }

  @Test
  void aVmThatNeverWasHereIsGuessed() {
    assertThat(estimates().of(VM, 700, 10_000)).isEqualTo(700);
  }

  @Test
  void likeStaysMakeItSureAndAnUnlikeOneMakesItCareful() {
    Estimates estimates = estimates();
    for (int stay = 0; stay < 30; stay++) {
      estimates.learn(VM, 1000);
    }
    assertThat(estimates.of(VM, 1, 100_000)).isBetween(1000L, 1050L);
    estimates.learn(VM, 3000);
    assertThat(estimates.of(VM, 1, 100_000)).isBetween(3000L, 4000L);
    assertThat(estimates.of(VM, 1, 2000)).as("no more than it has").isEqualTo(2000);
  }

  @Test
  void whatWasLearnedOutlivesTheDaemonAndADamagedLineDoesNot() throws IOException {
    estimates().learn(VM, 1000);
    Files.writeString(folder.resolve("server/estimates"), "other one\n", StandardOpenOption.APPEND);
    assertThat(estimates().of(VM, 1, 100_000)).isEqualTo(3000);
    assertThat(estimates().of("other", 1, 100_000)).isEqualTo(1);
  }
}
