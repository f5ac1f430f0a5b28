package io.jettison.pc.internal;

import java.io.IOException;
import java.net.InetAddress;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** How this PC is called, by section [desktop]. */
@Component(service = DesktopName.class, configurationPid = "io.jettison.desktop")
public final class DesktopName {
  /** What it reads of section [desktop]. */
  public @interface Config {
    /** This host's name; empty: its host name. */
    String name() default "";
  }

  private final String name;

  /**
   * From the configuration.
   *
   * @throws IOException if this host has no name
   */
  @Activate
  public DesktopName(Config config) throws IOException {
    name = config.name().isBlank() ? InetAddress.getLocalHost().getHostName() : config.name();
  }

  String name() {
    return name;
  }
}
