package io.jettison.desktop.internal;

import io.jettison.api.power.PcDay;
import io.jettison.api.power.PowerProfile;
import io.jettison.api.residency.ResidencyPolicy;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Which residency policy is asked, and about what PC. Thread-safe. */
@Component(service = ResidencyComponent.class, configurationPid = "io.jettison.residency")
@Designate(ocd = ResidencyComponent.Config.class)
public final class ResidencyComponent implements Residences.Chooser {
  /** Section [residency]. */
  @ObjectClassDefinition(name = "How VMs that are away have what they miss")
  public @interface Config {
    /** Policy. */
    @AttributeDefinition(
        description =
            "name of the residency policy: microsleep, park, auto or an add-on's; empty: the one"
                + " with the highest ranking")
    String policy() default "";
  }

  /** A policy by its name. */
  record Named(String name, int ranking, long id, ResidencyPolicy policy) {}

  private final String wanted;
  private final CopyOnWriteArrayList<Named> policies = new CopyOnWriteArrayList<>();

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile @Nullable PcDay day;

  /** From the configuration. */
  @Activate
  public ResidencyComponent(Config config) {
    wanted = config.policy();
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addPolicy(ResidencyPolicy policy, Map<String, Object> properties) {
    policies.add(
        new Named(
            String.valueOf(properties.getOrDefault(ResidencyPolicy.NAME, "without a name")),
            properties.get(Constants.SERVICE_RANKING) instanceof Integer ranking ? ranking : 0,
            properties.get(Constants.SERVICE_ID) instanceof Long id ? id : 0,
            policy));
  }

  void removePolicy(ResidencyPolicy policy) {
    policies.removeIf(named -> named.policy() == policy);
  }

  @Override
  public Optional<Named> policy() {
    return policies.stream()
        .filter(named -> wanted.isBlank() || named.name().equals(wanted))
        .max(
            Comparator.comparingInt(Named::ranking)
                .thenComparing(Comparator.comparingLong(Named::id).reversed()));
  }

  @Override
  public Optional<PowerProfile> profile() {
    PcDay known = day;
    if (known == null || known.status().controller().isEmpty()) {
      return Optional.empty();
    }
    return known.profile().isDone() ? Optional.of(known.profile().orThrow()) : Optional.empty();
  }
}
