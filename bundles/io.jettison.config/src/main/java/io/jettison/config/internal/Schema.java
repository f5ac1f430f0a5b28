package io.jettison.config.internal;

import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What may be configured.
 *
 * @param kinds per section kind its keys, each with a test of a value: empty if it is fine, else
 *     what is wrong with it
 */
record Schema(Map<String, Map<String, UnaryOperator<String>>> kinds) {
  /** What tells one schema from another. */
  Set<String> fingerprint() {
    return kinds.keySet();
  }
}
