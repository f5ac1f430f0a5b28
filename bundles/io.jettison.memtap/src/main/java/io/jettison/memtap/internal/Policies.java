package io.jettison.memtap.internal;

import io.jettison.api.prefetch.PrefetchPolicy;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Constants;

/** The prefetch policies there are, and which of them is asked. Thread-safe. */
final class Policies {
  private record Ranked(PrefetchPolicy policy, String name, int ranking, long age) {}

  private static final Comparator<Ranked> BEST =
      Comparator.comparingInt(Ranked::ranking)
          .thenComparing(Comparator.comparingLong(Ranked::age).reversed());

  private final String wanted;
  private final CopyOnWriteArrayList<Ranked> all = new CopyOnWriteArrayList<>();
  private volatile @Nullable PrefetchPolicy chosen;

  Policies(String wanted) {
    this.wanted = wanted;
  }

  synchronized void add(PrefetchPolicy policy, Map<String, Object> properties) {
    int ranking = properties.get(Constants.SERVICE_RANKING) instanceof Integer i ? i : 0;
    long age = properties.get(Constants.SERVICE_ID) instanceof Long id ? id : 0;
    all.add(new Ranked(policy, String.valueOf(properties.get(PrefetchPolicy.NAME)), ranking, age));
    choose();
  }

  synchronized void remove(PrefetchPolicy policy) {
    all.removeIf(ranked -> ranked.policy() == policy);
    choose();
  }

  private void choose() {
    Optional<Ranked> best =
        all.stream().filter(r -> wanted.isEmpty() || r.name().equals(wanted)).max(BEST);
    chosen = best.map(Ranked::policy).orElse(null);
  }

  /** The policy to ask; null for none. */
  @Nullable PrefetchPolicy chosen() {
    return chosen;
  }
}
