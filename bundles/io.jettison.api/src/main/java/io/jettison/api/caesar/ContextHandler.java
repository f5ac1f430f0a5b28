package io.jettison.api.caesar;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Serves one kind of wake. Registered as a service with property {@link #CONTEXT_ID}; of several
 * with one id, that with the highest ranking serves. It may come and go at any time, also while the
 * PC sleeps: who serves is looked up at the wake.
 *
 * <p>Each call has a time limit. A handler that throws, or does not return in time, leads to a full
 * resume. It gets one call at a time, each on a thread that ends with it; a call that is too late
 * is interrupted, and until it has returned no other is made, so that some may be missed.
 */
@ConsumerType
public interface ContextHandler {
  /** Service property with the handler's context id, a long. */
  String CONTEXT_ID = "jettison.caesar.context";

  /** What to do after a selective resume. */
  enum After {
    /** Sleep again. */
    RESUSPEND,
    /** Resume everything. */
    FULL_RESUME
  }

  /**
   * Before the PC sleeps, with everything still running: prepare what the resume will need. A
   * handler that came while the PC slept is called at its first wake, just before {@link #resume},
   * with nothing else running.
   */
  void presuspend();

  /**
   * The PC woke with this handler's context id; nothing else has been resumed.
   *
   * @param arguments what followed the context id in the wake packet; read-only, big-endian. Anyone
   *     on the network may have sent it, and a network card may have cut it short or padded it.
   */
  After resume(ByteBuffer arguments);

  /** The PC is about to sleep again after {@link #resume}. */
  void resuspend();

  /** The PC is about to resume in full. Called if {@link #presuspend} was, whatever came of it. */
  void postsuspend();
}
