package io.jettison.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** The configuration in force. A service; thread-safe. */
@ProviderType
public interface Configuration {
  /**
   * A section of the file.
   *
   * @param name its name, such as {@code vm.qemu pc}
   * @param line where it begins, from 1
   * @param values its keys and values
   */
  record Section(String name, int line, Map<String, String> values) {}

  /** The file. */
  Path file();

  /** What is in force: the file's sections when it was last without errors. */
  List<Section> sections();

  /**
   * What is wrong with the file as it is now, a line each; empty if nothing is. While there are
   * errors, what was in force stays in force.
   */
  List<String> problems();
}
