package io.jettison.consolidation.idle.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.consolidation.ConsolidationPolicy.Situation;
import io.jettison.api.consolidation.ConsolidationPolicy.Verdict;
import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdlePolicyTest {
  private final IdlePolicy policy = new IdlePolicy(Duration.ofSeconds(15), Duration.ofSeconds(5));

  @ParameterizedTest
  @CsvSource({
    "9, 100, 0, STAY",
    "10, 100, 0, WARN",
    "14, 100, 0, WARN",
    "15, 100, 0, CONSOLIDATE",
    "100, 9, 0, STAY",
    "100, 15, 0, CONSOLIDATE",
    "15, 100, 1, STAY",
    "25, 100, 1, WARN",
    "30, 100, 1, CONSOLIDATE",
  })
  void judges(int idle, int atHome, int failures, Verdict verdict) {
    Situation situation =
        new Situation("pc", Duration.ofSeconds(idle), Duration.ofSeconds(atHome), failures);
    assertThat(policy.judge(situation)).isEqualTo(verdict);
  }

  @Property
  void waitsLongerAfterEachFailureButNotForEver(
      @ForAll @IntRange(min = 0, max = 100) int failures) {
    assertThat(policy.wait(failures))
        .isLessThanOrEqualTo(policy.wait(failures + 1))
        .isLessThanOrEqualTo(Duration.ofHours(1));
  }

  @Test
  void anIdleTimeBeyondAnHourStands() {
    assertThat(new IdlePolicy(Duration.ofHours(3), Duration.ZERO).wait(4))
        .isEqualTo(Duration.ofHours(3));
  }
}
