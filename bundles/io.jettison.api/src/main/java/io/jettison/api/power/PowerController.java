package io.jettison.api.power;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Refused;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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

  /** Decides what becomes of a PC that woke. */
  @FunctionalInterface
  interface Waking {
    /**
     * The PC woke; its network works, and nothing runs but what answers this. May take some
     * seconds: when it returns, what the PC was woken for has been served, or is left to a full
     * resume. Does not throw.
     *
     * @param reason why it woke
     * @param packet what woke it, as its network card kept it: the frame or its payload; empty if
     *     there was none or it is not known
     * @return whether it sleeps again at once; else everything is to be resumed
     */
    boolean sleepsAgain(WakeReason reason, Optional<ByteBuffer> packet);
  }

  /** Whether and how this PC can sleep and be woken; if not, what to do. */
  Outcome<String> check();

  /**
   * What {@link #check} looks at, one by one, for people. What is here by default is its one line.
   */
  default List<Finding> findings() {
    Outcome<String> outcome = check();
    return List.of(
        outcome instanceof Refused<String> refused
            ? Finding.missing("sleep", refused.reason(), refused.remedy())
            : Finding.ok("sleep", outcome.orThrow()));
  }

  /**
   * Sleeps and returns after the wake.
   *
   * @param atMost an alarm wakes the PC after that long
   * @return why it woke; refused, without having slept, if something keeps it awake
   */
  Outcome<WakeReason> sleep(Duration atMost);

  /**
   * As {@link #sleep(Duration)}, and asks at each wake whether to sleep again, before anything is
   * resumed that is not needed to ask (Bila et al. 2015, §7: CAESAR). Before it sleeps again it
   * looks whether somebody pressed a key meanwhile, and if so asks anew with {@link
   * WakeReason#USER}. Returns once everything is resumed.
   *
   * <p>What is here by default is for a PC that always resumes in full: it is asked with nothing
   * left to save, and without a packet.
   *
   * @param atMost an alarm wakes the PC after that long, counted anew each time it sleeps
   * @param waking asked on any thread, once at a time
   * @return why it woke last; refused if something keeps it awake, be it after a wake
   */
  default Outcome<WakeReason> sleep(Duration atMost, Waking waking) {
    Outcome<WakeReason> outcome = sleep(atMost);
    while (outcome instanceof Done<WakeReason> woke
        && waking.sleepsAgain(woke.value(), Optional.empty())) {
      outcome = sleep(atMost);
    }
    return outcome;
  }
}
