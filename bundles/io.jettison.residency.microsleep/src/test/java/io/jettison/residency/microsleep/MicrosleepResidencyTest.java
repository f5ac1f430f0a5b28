package io.jettison.residency.microsleep;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.residency.ResidencyPolicy.Residency;
import io.jettison.api.residency.ResidencyPolicy.Stay;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class MicrosleepResidencyTest {
  @Test
  void choosesAlwaysTheSame() {
    MicrosleepResidency policy = new MicrosleepResidency();
    for (long cold : new long[] {0, 1L << 40}) {
      Stay stay = new Stay("vm", Duration.ofMinutes(5), 100, cold, 1e6);
      assertThat(policy.choose(stay).residency()).isEqualTo(Residency.MICROSLEEP);
      assertThat(policy.choose(stay).reason()).isNotBlank();
    }
  }
}
