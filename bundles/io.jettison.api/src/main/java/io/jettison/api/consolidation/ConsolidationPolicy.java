package io.jettison.api.consolidation;

import java.time.Duration;
import org.osgi.annotation.versioning.ConsumerType;

/** Says when an idle VM is consolidated. Registered as a service with property {@link #NAME}. */
@ConsumerType
public interface ConsolidationPolicy {
  /** Service property with the policy's name. */
  String NAME = "jettison.consolidation";

  /** What to do with a VM on its desktop. */
  enum Verdict {
    /** It stays. */
    STAY,
    /** It will go soon: the user may be warned. */
    WARN,
    /** It goes now. */
    CONSOLIDATE
  }

  /**
   * What is known of a VM.
   *
   * @param vm its name
   * @param idle since when no activity source saw activity
   * @param atHome since when it runs on its desktop
   * @param failures consolidations in a row that were refused
   */
  record Situation(String vm, Duration idle, Duration atHome, int failures) {}

  /** Judges a VM. Asked about once a second; must not block. */
  Verdict judge(Situation situation);
}
