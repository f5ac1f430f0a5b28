package io.jettison.api.transport;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/** Receives what comes over a link. All calls are made on the link's thread, in order. */
@ProviderType
public interface LinkHandler {
  /** The link can carry messages. The first call. */
  default void opened(Link link) {}

  /**
   * A message came.
   *
   * @param message the message from position to limit, big-endian; valid only during the call
   */
  void message(Link link, ByteBuffer message);

  /** Everything flushed so far has left this process: room for more. */
  default void drained(Link link) {}

  /**
   * The link is gone. The last call.
   *
   * @param cause why, or null if either side closed it in good order
   */
  void closed(Link link, @Nullable Throwable cause);
}
