package io.jettison.lab;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the lab's parts lie: {@code desktop/} and {@code server/} distributions, {@code
 * guest/build.sh}.
 */
public record LabHome(Path folder) {
  static final String PROPERTY = "jettison.lab.home";

  /** The folder that the system property names. */
  public static LabHome find() throws LabException {
    String value = System.getProperty(PROPERTY);
    if (value == null) {
      throw new LabException("-D" + PROPERTY + " is not set: start the lab with ./jettison lab");
    }
    LabHome home = new LabHome(Path.of(value).toAbsolutePath());
    for (Path daemon : new Path[] {home.desktop(), home.server()}) {
      if (!Files.isExecutable(daemon.resolve("bin/jettisond"))) {
        throw new LabException(daemon + " is no distribution: build it with ./jettison build");
      }
    }
    return home;
  }

  /** Its distribution. */
  public Path desktop() {
    return folder.resolve("desktop");
  }

  /** Its distribution. */
  public Path server() {
    return folder.resolve("server");
  }

  Path guestBuild() {
    return folder.resolve("guest/build.sh");
  }

  /** Builds the disk of the desktop guest. */
  Path desktopBuild() {
    return folder.resolve("guest/desktop.sh");
  }
}
