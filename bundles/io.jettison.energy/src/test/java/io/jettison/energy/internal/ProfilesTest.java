package io.jettison.energy.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.jettison.api.Outcome.Refused;
import io.jettison.api.power.Equations;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.power.SelectiveResume;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The shipped profiles and the equations against the paper's figures. */
class ProfilesTest {
  private static final double LINK = 813.44e6;
  private static final double MIB = 1 << 20;

  private final Profiles profiles = new Profiles(List.of());

  private PowerProfile shipped(String name) {
    return profiles.profile(name).orThrow();
  }

  private static ConfiguredProfile section(String name, double idle, double sleep) {
    Map<String, Object> values = new HashMap<>();
    values.put("name", name);
    values.put("idle_watts", idle);
    values.put("sleep_watts", sleep);
    values.put("suspend_seconds", 1.0);
    values.put("suspend_watts", 20.0);
    values.put("resume_seconds", 2.0);
    values.put("resume_watts", 30.0);
    values.put("selective_resume_seconds", 0.5);
    values.put("selective_resume_watts", 25.0);
    values.put("selective_suspend_seconds", 0.25);
    values.put("selective_suspend_watts", 15.0);
    return new ConfiguredProfile(Configs.of(ConfiguredProfile.Config.class, values));
  }

  /** The table of docs/counting-joules.md. */
  @ParameterizedTest
  @CsvSource({
    "xps7100, 32.22, 1949, 96.82",
    "custom, 10.90, 597, 90.88",
    "custom-caesar, 10.90, 597, 90.88",
    "2s-pc, 7.59, 459, 96.82",
    "minipc, 5.04, 52, 90.74",
  })
  void whatFollowsFromAProfile(String name, double breakEven, double cycle, double limit) {
    PowerProfile profile = shipped(name);
    assertThat(profile.breakEvenSeconds()).isCloseTo(breakEven, within(0.005));
    assertThat(Equations.cycleJoules(profile)).isCloseTo(cycle, within(0.5));
    assertThat(100 * Equations.savingLimit(profile)).isCloseTo(limit, within(0.005));
  }

  @Test
  void breakEvenWithCaesarLiesWhereEitherTransitionAloneWouldPutIt() {
    PowerProfile caesar = shipped("custom-caesar").selectively();
    assertThat(caesar.breakEvenSeconds()).isCloseTo(3.65, within(0.005)).isBetween(3.52, 3.79);
    assertThat(caesar.suspendSeconds() + caesar.resumeSeconds()).isCloseTo(3.17, within(1e-9));
    assertThat(Equations.cycleJoules(caesar)).isCloseTo(200, within(0.5));
  }

  @Test
  void aPcWithoutSelectiveResumeIsTheSameToThoseWhoAskForIt() {
    assertThat(shipped("custom").selectively()).isEqualTo(shipped("custom"));
  }

  @Test
  void whereTimeRunsFasterTimesAndEnergiesAreDividedButNotWhatIsSaved() {
    for (PowerProfile real : profiles.all()) {
      PowerProfile fast = real.spedUp(20);
      for (double factor : new double[] {0, -1, Double.NaN}) {
        assertThatThrownBy(() -> real.spedUp(factor)).isInstanceOf(IllegalArgumentException.class);
      }
      assertThat(fast.breakEvenSeconds() * 20).isCloseTo(real.breakEvenSeconds(), within(1e-9));
      assertThat(Equations.cycleJoules(fast.selectively()) * 20)
          .isCloseTo(Equations.cycleJoules(real.selectively()), within(1e-9));
      assertThat(Equations.savingLimit(fast)).isEqualTo(Equations.savingLimit(real));
    }
  }

  @Test
  void equationsGiveThePapersFigures() {
    PowerProfile xps = shipped("xps7100");
    assertThat(Equations.savingLimit(xps)).isCloseTo(0.9682, within(5e-5));
    assertThat(Equations.cycleJoules(xps)).isCloseTo(1949, within(0.5));
    double mebibyte = Equations.sendJoules(xps, MIB, LINK).orElseThrow();
    assertThat(mebibyte).isCloseTo(1.41, within(0.005));
    assertThat(Equations.cycleJoules(xps) / mebibyte).isCloseTo(1383, within(1.0));
    assertThat(Equations.sendJoules(shipped("custom"), MIB, LINK)).isEmpty();
  }

  @Test
  void asleepForBreakEvenCostsWhatIdlingWould() {
    for (PowerProfile profile : profiles.all()) {
      double breakEven = profile.breakEvenSeconds();
      double asleep = breakEven - profile.suspendSeconds() - profile.resumeSeconds();
      assertThat(Equations.microsleepJoules(profile, 0, asleep))
          .as(profile.name())
          .isCloseTo(Equations.idleJoules(profile, breakEven), within(1e-9));
      assertThat(Equations.microsleepJoules(profile, 3, asleep + 1))
          .isCloseTo(
              Equations.idleJoules(profile, breakEven + 3) + profile.sleepWatts(), within(1e-9));
    }
  }

  @Test
  void allAreThere() {
    assertThat(profiles.all())
        .extracting(PowerProfile::name)
        .containsExactly("2s-pc", "custom", "custom-caesar", "minipc", "xps7100");
  }

  @Test
  void anUnknownNameIsRefusedWithTheNearest() {
    assertThat(profiles.profile("xps710"))
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> assertThat(refused.remedy()).startsWith("did you mean 'xps7100'?"));
    assertThat(profiles.profile("something else"))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.remedy()).contains("minipc, xps7100"));
  }

  @Test
  void aConfiguredProfileGoesBeforeAShippedOneOfItsName() {
    Profiles own = new Profiles(List.of(section("minipc", 9, 0.5), section("mine", 50, 2)));
    assertThat(own.profile("minipc").orThrow().idleWatts()).isEqualTo(9);
    assertThat(own.profile("mine").orThrow())
        .isEqualTo(
            new PowerProfile(
                "mine",
                50,
                2,
                1,
                20,
                2,
                30,
                java.util.OptionalDouble.empty(),
                java.util.Optional.of(new SelectiveResume(0.5, 25, 0.25, 15))));
    assertThat(own.all()).hasSize(6);
  }

  @Test
  void aConfiguredProfileThatIsNoneIsRefusedAndNotListed() {
    Profiles own = new Profiles(List.of(section("broken", 1, 2)));
    assertThat(own.profile("broken"))
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> assertThat(refused.remedy()).isEqualTo("mend [power.profile broken]"));
    assertThat(own.all()).extracting(PowerProfile::name).doesNotContain("broken").hasSize(5);
  }
}
