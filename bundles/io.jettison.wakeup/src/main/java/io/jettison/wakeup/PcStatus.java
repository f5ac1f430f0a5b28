package io.jettison.wakeup;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is known of a PC.
 *
 * @param name its name
 * @param state what it said last, or what is assumed
 * @param hardware its hardware address, if it is known
 * @param address its address, if it is known
 * @param sinceRequest time since the last request; empty: none yet
 * @param sinceAnswer time since it last said something; empty: never
 * @param waking what it is being woken for; empty: it is not
 * @param wakes wakes so far
 * @param trouble why wake-ups cannot be sent, one line; empty: they can, as far as is known
 */
public record PcStatus(
    String name,
    State state,
    OptionalLong hardware,
    Optional<InetAddress> address,
    Optional<Duration> sinceRequest,
    Optional<Duration> sinceAnswer,
    Optional<String> waking,
    long wakes,
    String trouble) {
  /** States. */
  public enum State {
    /** It is awake. */
    AWAKE,
    /** It answered within a selective resume or on its way to sleep, and sleeps soon if not yet. */
    DOZING,
    /** It said that it is about to sleep. */
    SUSPENDING,
    /** It is asleep. */
    ASLEEP,
    /** Its links are gone. */
    UNLINKED
  }
}
