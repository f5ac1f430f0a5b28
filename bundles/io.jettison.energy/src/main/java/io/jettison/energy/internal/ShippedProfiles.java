package io.jettison.energy.internal;

import io.jettison.api.power.PowerProfile;
import io.jettison.api.power.SelectiveResume;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Properties;
import java.util.TreeMap;

/** The profiles in {@code profiles.properties}; keys are those of a section, after the name. */
final class ShippedProfiles {
  private static final String MARK = ".idle.watts";

  private final Properties properties = new Properties();

  private ShippedProfiles() {}

  /** All, by name. */
  static Map<String, PowerProfile> read() {
    ShippedProfiles shipped = new ShippedProfiles();
    try (InputStream stream =
            Objects.requireNonNull(
                ShippedProfiles.class.getResourceAsStream("profiles.properties"));
        Reader reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
      shipped.properties.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, PowerProfile> profiles = new TreeMap<>();
    for (String key : shipped.properties.stringPropertyNames()) {
      if (key.endsWith(MARK)) {
        String name = key.substring(0, key.length() - MARK.length());
        profiles.put(name, shipped.profile(name));
      }
    }
    return profiles;
  }

  private PowerProfile profile(String name) {
    return new PowerProfile(
        name,
        number(name, "idle.watts"),
        number(name, "sleep.watts"),
        number(name, "suspend.seconds"),
        number(name, "suspend.watts"),
        number(name, "resume.seconds"),
        number(name, "resume.watts"),
        has(name, "network.watts")
            ? OptionalDouble.of(number(name, "network.watts"))
            : OptionalDouble.empty(),
        has(name, "selective.resume.seconds")
            ? Optional.of(
                new SelectiveResume(
                    number(name, "selective.resume.seconds"),
                    number(name, "selective.resume.watts"),
                    number(name, "selective.suspend.seconds"),
                    number(name, "selective.suspend.watts")))
            : Optional.empty());
  }

  private boolean has(String name, String key) {
    return properties.containsKey(name + "." + key);
  }

  private double number(String name, String key) {
    return Double.parseDouble(properties.getProperty(name + "." + key));
  }
}
