package io.jettison.caesar.internal;

import io.jettison.api.caesar.ContextHandler;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.framework.Constants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The context handlers there are. Thread-safe. */
final class Contexts {
  private record Ranked(GuardedHandler handler, long id, int ranking, long age) {}

  private static final Logger LOG = LoggerFactory.getLogger(Contexts.class);

  private static final Comparator<Ranked> BEST =
      Comparator.comparingInt(Ranked::ranking)
          .thenComparing(Comparator.comparingLong(Ranked::age).reversed());

  private final List<Ranked> all = new CopyOnWriteArrayList<>();

  void add(ContextHandler handler, Map<String, Object> properties) {
    if (properties.get(ContextHandler.CONTEXT_ID) instanceof Long id) {
      int ranking = properties.get(Constants.SERVICE_RANKING) instanceof Integer i ? i : 0;
      long age = properties.get(Constants.SERVICE_ID) instanceof Long l ? l : 0;
      all.add(new Ranked(new GuardedHandler(handler, id), id, ranking, age));
    } else {
      LOG.error(
          "{} serves no context: its property {} is not a Long",
          handler.getClass().getName(),
          ContextHandler.CONTEXT_ID);
    }
  }

  void remove(ContextHandler handler) {
    all.removeIf(ranked -> ranked.handler().guards(handler));
  }

  /** Who serves a context. */
  Optional<GuardedHandler> find(long id) {
    return all.stream().filter(ranked -> ranked.id() == id).max(BEST).map(Ranked::handler);
  }

  List<GuardedHandler> all() {
    return all.stream().map(Ranked::handler).toList();
  }

  /** A context as people see it: its eight letters, or its number if they are none. */
  static String name(long id) {
    StringBuilder letters = new StringBuilder();
    for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
      char letter = (char) (id >>> shift & 0xff);
      if (letter <= ' ' || letter > '~') {
        return "0x" + Long.toHexString(id);
      }
      letters.append(letter);
    }
    return letters.toString();
  }
}
