package io.jettison.cownetdisk.internal;

import io.jettison.api.prefetch.PrefetchPolicy;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Constants;

/** The read-ahead policies there are, and which of them is asked: the one named, or none. */
final class Policies {
  private record Named(PrefetchPolicy policy, String name, int ranking) {}

  private final CopyOnWriteArrayList<Named> all = new CopyOnWriteArrayList<>();
  private volatile String wanted;

  Policies(String wanted) {
    this.wanted = wanted;
  }

  void want(String name) {
    wanted = name;
  }

  void add(PrefetchPolicy policy, Map<String, Object> properties) {
    int ranking = properties.get(Constants.SERVICE_RANKING) instanceof Integer i ? i : 0;
    all.add(new Named(policy, String.valueOf(properties.get(PrefetchPolicy.NAME)), ranking));
  }

  void remove(PrefetchPolicy policy) {
    all.removeIf(named -> named.policy() == policy);
  }

  /** The policy to ask; null for none. */
  @Nullable PrefetchPolicy chosen() {
    String name = wanted;
    return all.stream()
        .filter(named -> named.name().equals(name))
        .max(Comparator.comparingInt(Named::ranking))
        .map(Named::policy)
        .orElse(null);
  }
}
