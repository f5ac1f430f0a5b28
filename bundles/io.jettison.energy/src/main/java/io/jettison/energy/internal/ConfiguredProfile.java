package io.jettison.energy.internal;

import io.jettison.api.Outcome;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.power.SelectiveResume;
import java.util.Optional;
import java.util.OptionalDouble;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** A section [power.profile NAME]. */
@Component(
    configurationPid = "io.jettison.power.profile",
    configurationPolicy = ConfigurationPolicy.REQUIRE,
    service = ConfiguredProfile.class)
@Designate(ocd = ConfiguredProfile.Config.class, factory = true)
public final class ConfiguredProfile {
  /** Its keys. */
  @ObjectClassDefinition(name = "Power profile of a PC")
  public @interface Config {
    /** Name. */
    @AttributeDefinition(description = "the profile's name")
    String name();

    /** P_i. */
    @AttributeDefinition(name = "idle.watts", description = "watts while awake and idle")
    double idle_watts();

    /** P_s. */
    @AttributeDefinition(name = "sleep.watts", description = "watts while asleep")
    double sleep_watts();

    /** t_o. */
    @AttributeDefinition(
        name = "suspend.seconds",
        description = "seconds from the command to sleep until the PC sleeps")
    double suspend_seconds();

    /** P_o. */
    @AttributeDefinition(name = "suspend.watts", description = "mean watts meanwhile")
    double suspend_watts();

    /** t_r. */
    @AttributeDefinition(
        name = "resume.seconds",
        description = "seconds from the wake-up packet until the PC answers")
    double resume_seconds();

    /** P_r. */
    @AttributeDefinition(name = "resume.watts", description = "mean watts meanwhile")
    double resume_watts();

    /** While sending. */
    @AttributeDefinition(
        name = "network.watts",
        description = "watts while sending at full speed, idle power included; 0: not known")
    double network_watts() default 0;

    /** Selective resume. */
    @AttributeDefinition(
        name = "selective.resume.seconds",
        description = "seconds of a selective resume; 0: the PC always wakes in full")
    double selective_resume_seconds() default 0;

    /** Selective resume. */
    @AttributeDefinition(name = "selective.resume.watts", description = "mean watts meanwhile")
    double selective_resume_watts() default 0;

    /** Selective resume. */
    @AttributeDefinition(
        name = "selective.suspend.seconds",
        description = "seconds until the PC sleeps again after a selective resume")
    double selective_suspend_seconds() default 0;

    /** Selective resume. */
    @AttributeDefinition(name = "selective.suspend.watts", description = "mean watts meanwhile")
    double selective_suspend_watts() default 0;
  }

  private final String name;
  private final Outcome<PowerProfile> profile;

  /** Reads the section. */
  @Activate
  public ConfiguredProfile(Config config) {
    name = config.name();
    profile = read(config);
  }

  String name() {
    return name;
  }

  /** The profile; refused if the numbers of the section are none. */
  Outcome<PowerProfile> profile() {
    return profile;
  }

  private static Outcome<PowerProfile> read(Config config) {
    try {
      return Outcome.done(
          new PowerProfile(
              config.name(),
              config.idle_watts(),
              config.sleep_watts(),
              config.suspend_seconds(),
              config.suspend_watts(),
              config.resume_seconds(),
              config.resume_watts(),
              config.network_watts() == 0
                  ? OptionalDouble.empty()
                  : OptionalDouble.of(config.network_watts()),
              config.selective_resume_seconds() == 0
                  ? Optional.empty()
                  : Optional.of(
                      new SelectiveResume(
                          config.selective_resume_seconds(),
                          config.selective_resume_watts(),
                          config.selective_suspend_seconds(),
                          config.selective_suspend_watts()))));
    } catch (IllegalArgumentException e) {
      return Outcome.refused(
          String.valueOf(e.getMessage()), "mend [power.profile " + config.name() + "]");
    }
  }
}
