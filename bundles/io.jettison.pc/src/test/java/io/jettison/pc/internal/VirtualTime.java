package io.jettison.pc.internal;

import io.jettison.wakeup.internal.Timetable;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/** Time that passes when told to, by one thread at a time. */
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

  void pass(Duration duration) {
    passUntil(() -> false, duration);
  }

  /** Until something is so, or that long. */
  void passUntil(BooleanSupplier condition, Duration most) {
    long end = now + most.toNanos();
    while (!condition.getAsBoolean() && !tasks.isEmpty() && tasks.peek().at() <= end) {
      Task next = tasks.remove();
      now = Math.max(now, next.at());
      next.run().run();
    }
    if (!condition.getAsBoolean()) {
      now = Math.max(now, end);
    }
  }
}
