package io.jettison.api.wake;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Sends wake-ups. Registered as a service with property {@link #NAME}. Thread-safe. One that throws
 * is asked again all the same; the others are asked in any case.
 */
@ConsumerType
public interface Waker {
  /** Service property with the waker's name. */
  String NAME = "jettison.waker";

  /**
   * A PC.
   *
   * @param hardware its six-byte hardware address, as a number
   * @param address its last IP address
   * @param password what its network card wants to see in a wake packet; empty: nothing
   */
  record Target(long hardware, InetAddress address, Optional<SecureOn> password) {
    /** A PC whose network card wants no password. */
    public Target(long hardware, InetAddress address) {
      this(hardware, address, Optional.empty());
    }
  }

  /**
   * What the PC is woken for; travels in the wake packet (Bila et al. 2015, §7: CAESAR).
   *
   * @param id the context id
   * @param argument its handler's first argument; for the memory context, a pfn
   * @param more its handler's further arguments, at most {@link #MOST_MORE}
   */
  record Context(long id, long argument, List<Long> more) {
    /** Most further arguments. */
    public static final int MOST_MORE = 15;

    /** Checks their number. */
    public Context {
      more = List.copyOf(more);
      if (more.size() > MOST_MORE) {
        throw new IllegalArgumentException(more.size() + " further arguments");
      }
    }

    /** With one argument. */
    public Context(long id, long argument) {
      this(id, argument, List.of());
    }
  }

  /**
   * Sends a wake-up once. That it was sent says nothing of the PC; callers repeat it until the PC's
   * service answers. May block for as long as it takes to send some packets.
   *
   * @param context empty: the PC is to wake in full. A PC whose network card wants a password
   *     always wakes in full: card and context look at the same bytes.
   */
  Outcome<Nothing> wake(Target target, Optional<Context> context);
}
