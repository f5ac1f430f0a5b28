package io.jettison.wakeup.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.RefusedException;
import io.jettison.api.wake.SecureOn;
import io.jettison.wakeup.internal.PcAddress.Configured;
import io.jettison.wire.wake.HardwareAddress;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** A section [pc NAME]: what is not to be learned of a PC. */
@Component(
    service = PcSettings.class,
    configurationPid = "io.jettison.pc",
    configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = PcSettings.Config.class, factory = true)
public final class PcSettings {
  /** Its keys. */
  @ObjectClassDefinition(name = "PC")
  public @interface Config {
    /** Name. */
    @AttributeDefinition(description = "the PC's name at the server")
    String name() default "";

    /** Hardware address. */
    @AttributeDefinition(
        description = "hardware address of its network card; empty: as the PC is known by")
    String mac() default "";

    /** Address. */
    @AttributeDefinition(description = "IP address; empty: that from which it called last")
    String address() default "";

    /** Password. */
    @AttributeDefinition(
        description =
            "SecureOn password its network card wants in a wake-up, such as 00:11:22:33:44:55;"
                + " empty: none. With one, each wake is a full resume")
    String password() default "";
  }

  private final String name;
  private final Configured configured;

  /**
   * From the configuration.
   *
   * @throws RefusedException if a value is not what it should be
   */
  @Activate
  public PcSettings(Config config) {
    this(config.name(), config.mac(), config.address(), config.password());
  }

  PcSettings(String name, String mac, String address, String password) {
    this.name = given(name, Outcome::done).orElseThrow(PcSettings::nameless);
    this.configured =
        new Configured(
            given(mac, HardwareAddress::parse).map(OptionalLong::of).orElse(OptionalLong.empty()),
            given(address, Literals::of),
            given(password, SecureOn::parse));
  }

  private static RefusedException nameless() {
    return new RefusedException(
        new Refused<>("a section [pc] says not which PC", "write [pc NAME]"));
  }

  private static <T> Optional<T> given(String text, Function<String, Outcome<T>> parse) {
    return text.isBlank() ? Optional.empty() : Optional.of(parse.apply(text).orThrow());
  }

  String name() {
    return name;
  }

  Configured configured() {
    return configured;
  }
}
