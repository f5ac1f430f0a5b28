package io.jettison.sleep.gaps;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LearnedTest {
  private int worked;

  @Test
  void isWorkedOutAnewWhenMuchCameAndWhenItWasOutlasted() {
    Learned learned =
        new Learned(
            new GapHistogram(100_000),
            gaps -> {
              worked++;
              return 5;
            });
    for (int i = 0; i < 64 * 10; i++) {
      learned.add(1);
    }
    assertThat(learned.timer()).isEqualTo(5);
    assertThat(worked).isEqualTo(1);
    learned.add(1);
    assertThat(learned.timer()).isEqualTo(5);
    assertThat(worked).isEqualTo(1);
    learned.add(6);
    assertThat(learned.timer()).isEqualTo(5);
    assertThat(worked).isEqualTo(2);
    for (int i = 0; i < 20; i++) {
      learned.add(1);
    }
    assertThat(learned.timer()).isEqualTo(5);
    assertThat(worked).isEqualTo(3);
  }
}
