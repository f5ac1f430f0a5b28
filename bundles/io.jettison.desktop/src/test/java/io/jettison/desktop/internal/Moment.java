package io.jettison.desktop.internal;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** When something goes wrong: as a move passes a point of some kind for the so-manyth time. */
final class Moment {
  /** What a move passes. */
  enum Point {
    /** A step of {@link io.jettison.vm.VmHost.Progress}. */
    STEP,
    /** A message with something that changed comes. */
    MESSAGE,
    /** Something is done with an image that is merged into. */
    MERGE,
    /** A VMM is to be started for a return. */
    RETURN,
    /** Something is done with the VMM of a return. */
    VMM
  }

  /** The JVM ends here: no handler of the code under test may be the one that goes on. */
  static final class Crash extends Error {
    private static final long serialVersionUID = 1L;
  }

  private record Armed(Point point, Runnable fault, AtomicInteger left, AtomicBoolean struck) {}

  private volatile @Nullable Armed armed;

  /** As the point is passed for the {@code count}th time from now on, the fault happens. */
  void arm(Point point, int count, Runnable fault) {
    armed = new Armed(point, fault, new AtomicInteger(count), new AtomicBoolean());
  }

  /** Nothing goes wrong from now on; returns whether it did. */
  boolean disarm() {
    Armed last = armed;
    armed = null;
    return last != null && last.struck.get();
  }

  void passed(Point point) {
    Armed now = armed;
    if (now == null || now.point != point) {
      return;
    }
    if (now.left.decrementAndGet() != 0) {
      return;
    }
    now.struck.set(true);
    now.fault.run();
  }
}
