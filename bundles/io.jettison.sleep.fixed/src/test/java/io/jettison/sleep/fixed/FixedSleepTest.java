package io.jettison.sleep.fixed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.RefusedException;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.sleep.SleepPolicy;
import java.lang.reflect.Proxy;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class FixedSleepTest {
  private static final PowerProfile CUSTOM =
      new PowerProfile("custom", 55.50, 5.06, 3.0, 61.07, 6.33, 65.39);

  private static FixedSleep after(String time) {
    return new FixedSleep(
        (FixedSleep.Config)
            Proxy.newProxyInstance(
                FixedSleep.Config.class.getClassLoader(),
                new Class<?>[] {FixedSleep.Config.class},
                (proxy, method, arguments) -> time.isEmpty() ? method.getDefaultValue() : time));
  }

  @Test
  void waitsTheSameWhateverComes() {
    SleepPolicy.Session session = after("250 ms").open(CUSTOM);
    assertThat(session.waitTimer()).isEqualTo(Duration.ofMillis(250));
    session.request(Duration.ofHours(1));
    assertThat(session.waitTimer()).isEqualTo(Duration.ofMillis(250));
  }

  @Test
  void waitsAsThePaperDidUnlessToldOtherwise() {
    assertThat(after("").open(CUSTOM).waitTimer()).isEqualTo(Duration.ofSeconds(6));
  }

  @Test
  void refusesWhatIsNoTime() {
    assertThatThrownBy(() -> after("soon")).isInstanceOf(RefusedException.class);
  }
}
