package io.jettison.wakeup;

import io.jettison.api.wake.Need;
import io.jettison.api.wake.Waker.Context;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A PC as its server sees it. Thread-safe; no call blocks. {@link #believedAwake}, {@link #touched}
 * and, while no wake is under way, {@link #answered} neither allocate nor lock: they belong on the
 * fault path.
 */
@ProviderType
public interface Pc {
  /** Its name. */
  String name();

  /** Whether a request can be sent without a wake. */
  boolean believedAwake();

  /** A request is about to be sent to it. */
  void touched();

  /**
   * Something is about to be asked of it, which is perhaps asleep: wakes it unless it is believed
   * awake. However many ask meanwhile, wake-ups are sent once, and again until it answers. Includes
   * {@link #touched}. To be called again when an answer does not come.
   *
   * @param need what for; recorded with the wake if it is the first
   * @param context what a selective resume could do about it; empty: the PC is to wake in full
   */
  void needed(Need need, Optional<Context> context);

  /**
   * It answered. Ends a wake for this need; when it was a selective one and others wait, they get a
   * wake of their own unless they are answered soon: a full one if they are several.
   *
   * @param kind what it sent
   * @param vm the VM's name, as in the need
   * @param item the page or block, as in the need
   */
  void answered(Need.Kind kind, String vm, long item);

  /**
   * It said hello from this address. Its hardware address is looked up among the neighbours if it
   * does not say.
   */
  void met(InetAddress address, OptionalLong hardware);

  /** It says that it is awake and stays so for its wait timer. Ends a wake. */
  void awake();

  /** It says that it is about to sleep. Requests that are not answered yet are needs. */
  void suspending();

  /** It is known to sleep. */
  void asleep();

  /** Its links are gone, and it did not say why. */
  void unlinked();

  /**
   * Sets how long after the last answer it is still believed awake: its wait timer t_w. Zero: as
   * long as it does not say otherwise, for a PC that always says when it sleeps.
   */
  void waits(Duration timer);
}
