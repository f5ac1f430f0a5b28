package io.jettison.cownetdisk.internal;

import io.jettison.api.memory.PageSet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes durable what was written. One sync is under way at a time; all that ask for one meanwhile
 * share the next. Belongs to the disk's loop; the work is done by a worker.
 */
final class Syncs {
  private static final Logger LOG = LoggerFactory.getLogger(Syncs.class);

  private final BlockStore store;
  private final SliceFile slice;
  private final Journal journal;
  private final Executor worker;
  private final Executor loop;
  private List<Consumer<@Nullable IOException>> waiting = new ArrayList<>();
  private boolean running;
  private @Nullable IOException failure;
  private @Nullable Runnable ended;

  Syncs(BlockStore store, StoreFiles files, Executor worker, Executor loop) {
    this.store = store;
    this.slice = files.dirty;
    this.journal = files.journal;
    this.worker = worker;
    this.loop = loop;
  }

  /**
   * Asks for what was written so far to become durable.
   *
   * @param then told on the loop when it is, or why it is not
   */
  void request(Consumer<@Nullable IOException> then) {
    if (failure != null) {
      // what the kernel failed to write it may have dropped: a later success would say nothing
      then.accept(failure);
    } else if (!running && !store.isWritten()) {
      then.accept(null);
    } else {
      waiting.add(then);
      begin();
    }
  }

  private void begin() {
    if (running || waiting.isEmpty()) {
      return;
    }
    running = true;
    List<Consumer<@Nullable IOException>> served = waiting;
    waiting = new ArrayList<>();
    PageSet fresh = store.beginSync();
    worker.execute(
        () -> {
          IOException failed = sync(fresh);
          loop.execute(() -> end(served, failed));
        });
  }

  /** The journal may say that a block is durable only when it is. */
  private @Nullable IOException sync(PageSet fresh) {
    try {
      slice.sync();
      if (!fresh.isEmpty()) {
        journal.append(fresh);
      }
      return null;
    } catch (IOException e) {
      LOG.error("what was written to a disk may be lost in a power failure", e);
      return e;
    }
  }

  private void end(List<Consumer<@Nullable IOException>> served, @Nullable IOException failed) {
    running = false;
    failure = failed;
    served.forEach(then -> then.accept(failed));
    if (failed != null) {
      waiting.forEach(then -> then.accept(failed));
      waiting = new ArrayList<>();
    }
    if (ended != null) {
      ended.run();
    } else {
      begin();
    }
  }

  /** Begins no more syncs, and runs a task as soon as none is under way. */
  void end(Runnable then) {
    if (running) {
      ended = then;
    } else {
      then.run();
    }
  }
}
