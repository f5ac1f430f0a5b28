package io.jettison.wakeup.internal;

import java.time.Duration;

/** The clock and the one thread by which PCs are woken. */
interface Timetable {
  /** {@link System#nanoTime()}, or what takes its place. */
  long nanos();

  /** Runs a task later; tasks run one at a time, in order of their times. */
  void after(Duration delay, Runnable task);
}
