package io.jettison.api.caesar;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Serves one kind of wake. Registered as a service with property {@link #CONTEXT_ID}. A handler
 * that throws, or does not return in time, leads to a full resume.
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

  /** Before the PC sleeps, with everything still running: prepare what the resume will need. */
  void presuspend();

  /**
   * The PC woke with this handler's context id; nothing else has been resumed.
   *
   * @param arguments what followed the context id in the wake packet; read-only
   */
  After resume(ByteBuffer arguments);

  /** The PC is about to sleep again after {@link #resume}. */
  void resuspend();

  /** The PC is about to resume in full. */
  void postsuspend();
}
