package io.jettison.api.residency;

import io.jettison.api.power.PowerProfile;
import java.time.Duration;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Chooses how a consolidated VM gets the pages it misses. Registered as a service with property
 * {@link #NAME}.
 */
@ConsumerType
public interface ResidencyPolicy {
  /** Service property with the policy's name. */
  String NAME = "jettison.residency";

  /** How missing pages are had. */
  enum Residency {
    /** The PC is woken for them (Bila et al. 2015, §5: microsleep). */
    MICROSLEEP,
    /**
     * The cold rest is streamed to the server's disk while the PC is still awake; it is not woken
     * again.
     */
    PARK
  }

  /**
   * What is known of a stay when the choice is made.
   *
   * @param vm the VM's name
   * @param elapsed since the VM began to run on the server
   * @param remoteFaults faults so far that had to ask the desktop
   * @param coldBytes what parking would still have to move
   * @param linkBytesPerSecond share of the link this VM may use, bytes per second
   */
  record Stay(
      String vm, Duration elapsed, long remoteFaults, long coldBytes, double linkBytesPerSecond) {}

  /**
   * What is known beyond that.
   *
   * @param profile of the PC the VM left; sped up where its time is
   * @param earlier how long earlier stays of this VM were, oldest first; perhaps none
   */
  record Outlook(PowerProfile profile, List<Duration> earlier) {
    /** Takes a copy. */
    public Outlook {
      earlier = List.copyOf(earlier);
    }
  }

  /**
   * A choice.
   *
   * @param residency what to do
   * @param reason one line, for people
   */
  record Choice(Residency residency, String reason) {}

  /** Chooses. Asked at the begin of a stay and again as it goes on; must not block. */
  Choice choose(Stay stay);

  /** Chooses where it is known what PC the VM left; what is asked first. */
  default Choice choose(Stay stay, Outlook outlook) {
    return choose(stay);
  }
}
