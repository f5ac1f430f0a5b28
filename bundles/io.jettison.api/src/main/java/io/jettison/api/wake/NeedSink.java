package io.jettison.api.wake;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Hears what is asked of a PC for one VM or one of its disks, and what it answers: who knows
 * whether the PC sleeps has it woken. Called by one thread at a time, on the fault path: neither
 * blocks nor throws, and does not allocate unless the PC is believed asleep.
 */
@ConsumerType
public interface NeedSink {
  /** For a PC that never sleeps. */
  NeedSink NOBODY =
      new NeedSink() {
        @Override
        public void asked(long item) {
          // it will answer
        }

        @Override
        public void answered(long item) {
          // as it should
        }
      };

  /**
   * Somebody begins to wait for a page or block, or still does when it is asked for anew. Called
   * whether there is a link or not, before the request is sent.
   */
  void asked(long item);

  /** A page or block came. */
  void answered(long item);
}
