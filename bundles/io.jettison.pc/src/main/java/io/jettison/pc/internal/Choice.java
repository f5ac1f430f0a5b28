package io.jettison.pc.internal;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.osgi.framework.Constants;

/**
 * The services of a kind there are, and which of them is used. Thread-safe.
 *
 * @param <S> the kind
 */
final class Choice<S> {
  private record Ranked<S>(Named<S> named, int ranking, long age) {}

  private final String kind;
  private final String property;
  private final Predicate<String> wanted;
  private final List<Ranked<S>> all = new CopyOnWriteArrayList<>();

  /**
   * Of a kind.
   *
   * @param kind for people
   * @param property the service property with the name
   * @param wanted which name; of several services, that with the highest ranking is used
   */
  Choice(String kind, String property, Predicate<String> wanted) {
    this.kind = kind;
    this.property = property;
    this.wanted = wanted;
  }

  void add(S service, Map<String, Object> properties) {
    String name = String.valueOf(properties.getOrDefault(property, "without a name"));
    int ranking = properties.get(Constants.SERVICE_RANKING) instanceof Integer i ? i : 0;
    long age = properties.get(Constants.SERVICE_ID) instanceof Long id ? id : 0;
    all.add(new Ranked<>(new Named<>(service, kind, name), ranking, age));
  }

  void remove(S service) {
    all.removeIf(ranked -> ranked.named().service() == service);
  }

  /** All there are. */
  List<Named<S>> all() {
    return all.stream().map(Ranked::named).toList();
  }

  /** The one that is used. */
  Optional<Named<S>> chosen() {
    Comparator<Ranked<S>> best = Comparator.comparingInt(Ranked::ranking);
    return all.stream()
        .filter(ranked -> wanted.test(ranked.named().name()))
        .max(best.thenComparing(Comparator.<Ranked<S>>comparingLong(Ranked::age).reversed()))
        .map(Ranked::named);
  }
}
