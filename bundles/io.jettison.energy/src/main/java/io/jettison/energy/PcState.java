package io.jettison.energy;

import io.jettison.api.power.PowerProfile;

/** What a PC is doing, as far as its power depends on it. */
public enum PcState {
  /** Awake and idle: P_i. */
  AWAKE,
  /** Awake and sending as fast as the link allows, as when a VM is parked. */
  SENDING,
  /** Going to sleep: P_o. */
  SUSPENDING,
  /** Asleep: P_s. */
  ASLEEP,
  /** Waking up in full: P_r. */
  RESUMING,
  /** Waking up for one thing alone. */
  RESUMING_SELECTIVE,
  /** Awake for one thing alone. No power of its own was ever measured: P_i. */
  AWAKE_SELECTIVE,
  /** Going to sleep again after a selective resume. */
  SUSPENDING_SELECTIVE;

  /**
   * What a PC of that profile draws. Where the profile does not know, the next state that is not
   * less: sending as idling, selective transitions as full ones.
   */
  public double watts(PowerProfile profile) {
    return switch (this) {
      case AWAKE, AWAKE_SELECTIVE -> profile.idleWatts();
      case SENDING -> profile.networkWatts().orElse(profile.idleWatts());
      case SUSPENDING -> profile.suspendWatts();
      case ASLEEP -> profile.sleepWatts();
      case RESUMING -> profile.resumeWatts();
      case RESUMING_SELECTIVE -> profile.selectively().resumeWatts();
      case SUSPENDING_SELECTIVE -> profile.selectively().suspendWatts();
    };
  }

  /** Whether a PC that enters this state was woken. */
  public boolean wakes() {
    return this == RESUMING || this == RESUMING_SELECTIVE;
  }
}
