package io.jettison.wakeup.internal;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/** Time that passes when told to. Tasks of one moment run in the order they were given. */
final class VirtualTime implements Timetable {
  private record Task(long at, long number, Runnable run) {}

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::at).thenComparingLong(Task::number));
  private long now = -1_000_000_000L; // as System.nanoTime() may be
  private long given;

  @Override
  public long nanos() {
    return now;
  }

  @Override
  public void after(Duration delay, Runnable task) {
    tasks.add(new Task(now + delay.toNanos(), given++, task));
  }

  /** Lets time pass; what is due at its end is run, too. */
  void pass(Duration duration) {
    long end = now + duration.toNanos();
    while (!tasks.isEmpty() && tasks.peek().at() <= end) {
      Task next = tasks.remove();
      now = next.at();
      next.run().run();
    }
    now = end;
  }
}
