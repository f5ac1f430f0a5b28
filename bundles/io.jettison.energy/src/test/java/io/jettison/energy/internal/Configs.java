package io.jettison.energy.internal;

import java.lang.reflect.Proxy;
import java.util.Map;

/** Configurations as the framework makes them: what is said, and defaults for the rest. */
final class Configs {
  private Configs() {}

  static <C> C of(Class<C> type, Map<String, Object> values) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                values.getOrDefault(method.getName(), method.getDefaultValue())));
  }
}
