package io.jettison.api.power;

import io.jettison.api.Outcome;
import java.time.Duration;
import org.osgi.annotation.versioning.ConsumerType;

/** Puts this PC to sleep. Registered as a service with property {@link #NAME}. */
@ConsumerType
public interface PowerController {
  /** Service property with the controller's name. */
  String NAME = "jettison.power";

  /** Why a PC woke. */
  enum WakeReason {
    /** A wake-up packet. */
    NETWORK,
    /** A key, a lid, a power button. */
    USER,
    /** The alarm set as a safety net. */
    ALARM,
    /** Not known. */
    UNKNOWN
  }

  /** Whether and how this PC can sleep and be woken; if not, what to do. */
  Outcome<String> check();

  /**
   * Sleeps and returns after the wake.
   *
   * @param atMost an alarm wakes the PC after that long
   * @return why it woke; refused, without having slept, if something keeps it awake
   */
  Outcome<WakeReason> sleep(Duration atMost);
}
