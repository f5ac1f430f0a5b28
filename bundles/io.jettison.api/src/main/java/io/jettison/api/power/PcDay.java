package io.jettison.api.power;

import io.jettison.api.Outcome;
import java.time.Duration;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** How this PC spends its day (Bila et al. 2015, §5.2). A service; thread-safe. */
@ProviderType
public interface PcDay {
  /** What it does. */
  enum State {
    /** It runs, and everything on it. */
    AWAKE,
    /** It goes to sleep. */
    SUSPENDING,
    /** It sleeps; to be seen only by who runs elsewhere. */
    ASLEEP,
    /** It woke, and it is being decided how much of it is needed. */
    RESUMING
  }

  /**
   * How it is.
   *
   * @param pc its name
   * @param state what it does
   * @param why one line, for people: what keeps it awake, or what it sleeps or woke for
   * @param waitTimer how long it stays awake after a request, t_w; empty while something else keeps
   *     it awake
   * @param policy the sleep policy that is asked; empty if there is none
   * @param controller what puts it to sleep; empty if there is nothing
   * @param latest by how much at most it slept later than its policy said, so far; empty if it did
   *     not sleep yet
   */
  record Status(
      String pc,
      State state,
      String why,
      Optional<Duration> waitTimer,
      String policy,
      String controller,
      Optional<Duration> latest) {}

  /** How it is now. */
  Status status();

  /** What this PC is reckoned with; sped up where its time is. Refused if there is none. */
  Outcome<PowerProfile> profile();
}
