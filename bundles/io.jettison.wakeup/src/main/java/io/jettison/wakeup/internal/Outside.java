package io.jettison.wakeup.internal;

import io.jettison.api.wake.WakeListener;
import io.jettison.api.wake.Waker.Context;
import io.jettison.api.wake.Waker.Target;
import java.util.Optional;
import java.util.function.Consumer;

/** What a PC needs of those around it. All called on the timetable's thread. */
interface Outside {
  /** Sends a wake-up by every waker; returns what is in the way, empty if one has sent it. */
  String send(Target target, Optional<Context> context);

  /** Tells the listeners. */
  void tell(Consumer<WakeListener> event);

  /** Takes the number of the next wake. */
  long nextWake();
}
