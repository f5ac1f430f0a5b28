package io.jettison.cownetdisk.internal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Who waits for which blocks. Belongs to the disk's loop. */
final class Waiting {
  /** Lists are rid of what was cancelled whenever they have grown by this. */
  private static final int SWEEP = 64;

  /** Something to go on with when all its blocks have come. */
  static final class Wait {
    private final Runnable then;
    private int missing;
    private boolean cancelled;

    private Wait(Runnable then) {
      this.then = then;
    }

    /** It does not go on any more. */
    void cancel() {
      cancelled = true;
    }
  }

  private final Map<Long, List<Wait>> waits = new HashMap<>();
  private long count;

  /** Runs a task when all these blocks, at least one, have come. */
  Wait await(long[] blocks, int length, Runnable then) {
    Wait wait = new Wait(then);
    wait.missing = length;
    count++;
    for (int i = 0; i < length; i++) {
      List<Wait> others = waits.computeIfAbsent(blocks[i], block -> new ArrayList<>(1));
      others.add(wait);
      if (others.size() % SWEEP == 0) {
        others.removeIf(other -> other.cancelled);
      }
    }
    return wait;
  }

  void arrived(long block) {
    List<Wait> there = waits.remove(block);
    if (there != null) {
      for (Wait wait : there) {
        if (--wait.missing == 0 && !wait.cancelled) {
          wait.then.run();
        }
      }
    }
  }

  /** How many waited so far. */
  long count() {
    return count;
  }
}
