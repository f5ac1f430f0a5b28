package io.jettison.api.transport;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A connection between two hosts that carries messages whole and in order. It has one thread:
 * {@link #begin}, {@link #end}, {@link #flush}, {@link #expect}, {@link #watch} and {@link
 * #pending} may be called only there; {@link #execute} and {@link #close} from anywhere. Sending
 * neither blocks nor allocates as long as the peer keeps up.
 */
@ConsumerType
public interface Link {
  /** Longest message, in bytes. A longer one from the peer closes the link. */
  int MAX_MESSAGE = 1 << 20;

  /** A file descriptor being watched. */
  @ConsumerType
  interface Watch extends AutoCloseable {
    /** Stops watching; the descriptor stays open. Callable from anywhere; idempotent. */
    @Override
    void close();
  }

  /** The other end. */
  SocketAddress peer();

  /**
   * Begins a message.
   *
   * @param length its length in bytes, at most {@link #MAX_MESSAGE}
   * @return a direct big-endian buffer with exactly that much room from its position to its limit;
   *     to be filled at once and valid until {@link #end}
   */
  ByteBuffer begin(int length);

  /**
   * Ends the message begun; it leaves with the next {@link #flush} at the latest. Bytes not written
   * are undefined.
   */
  void end();

  /** Sends the messages ended so far. */
  void flush();

  /**
   * Says that a message is expected within microseconds: a transport may poll for it for a moment
   * instead of sleeping, since to be woken takes longer than most answers. Once for each message.
   */
  default void expect() {}

  /** Bytes ended or flushed that this process still holds. */
  long pending();

  /**
   * Calls back on the link's thread whenever a file descriptor is readable (level-triggered), so
   * that faults and page replies are served by one thread without a hop. Ends with the link.
   *
   * @param descriptor a pollable descriptor; stays the caller's
   */
  Watch watch(int descriptor, Runnable readable);

  /**
   * Runs a task on the link's thread, after what is under way; not at all if the link is closed.
   * Returns whether it will run.
   */
  boolean execute(Runnable task);

  /** Closes the link after what was flushed has left. Idempotent. */
  void close();
}
