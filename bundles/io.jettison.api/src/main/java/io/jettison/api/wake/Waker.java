package io.jettison.api.wake;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import java.net.InetAddress;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/** Sends wake-ups. Registered as a service with property {@link #NAME}. Thread-safe. */
@ConsumerType
public interface Waker {
  /** Service property with the waker's name. */
  String NAME = "jettison.waker";

  /**
   * A PC.
   *
   * @param hardware its six-byte hardware address, as a number
   * @param address its last IP address
   */
  record Target(long hardware, InetAddress address) {}

  /**
   * What the PC is woken for; travels in the wake packet (Bila et al. 2015, §7: CAESAR).
   *
   * @param id the context id
   * @param argument for the memory context, a pfn
   */
  record Context(long id, long argument) {}

  /**
   * Sends a wake-up once. That it was sent says nothing of the PC; callers repeat it until the PC's
   * service answers.
   *
   * @param context empty: the PC is to wake in full
   */
  Outcome<Nothing> wake(Target target, Optional<Context> context);
}
