package io.jettison.api.sleep;

import io.jettison.api.power.PowerProfile;
import java.time.Duration;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Sets the wait timer t_w (Bila et al. 2015, §5.2, Eq. (4)). Registered as a service with property
 * {@link #NAME}.
 */
@ConsumerType
public interface SleepPolicy {
  /** Service property with the policy's name. */
  String NAME = "jettison.sleep";

  /** A policy at work for one PC. Used by one thread at a time; must not block. */
  @ConsumerType
  interface Session {
    /**
     * A request for a page or block came.
     *
     * @param sinceLast time since the request before it, the sleep in between included, but not the
     *     resume that this request had to wait for: that is the policy's doing, not the VM's
     */
    void request(Duration sinceLast);

    /** How long to stay awake after the last request. Asked after every request and every wake. */
    Duration waitTimer();
  }

  /** A PC begins to sleep and wake for its VMs. */
  Session open(PowerProfile profile);
}
