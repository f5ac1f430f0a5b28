package io.jettison.api.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Carries messages between two hosts. Registered as a service with property {@link #NAME}. When its
 * bundle stops, its links close; their users open new ones on the transport that takes its place.
 */
@ConsumerType
public interface Transport {
  /** Service property with the transport's name. */
  String NAME = "jettison.transport";

  /** An open port. */
  @ConsumerType
  interface Port extends AutoCloseable {
    /** The address it is bound to. */
    InetSocketAddress address();

    /** Closes the port and every link that came by it. */
    @Override
    void close();
  }

  /**
   * Opens a port for links.
   *
   * @param address where; port 0 chooses one
   * @param acceptor asked for a handler for each new link, on that link's thread
   * @throws IOException if the port cannot be opened
   */
  Port listen(InetSocketAddress address, LinkAcceptor acceptor) throws IOException;

  /**
   * Opens a link. Does not block.
   *
   * @param handler receives what comes over it
   * @return the link; fails with an {@link IOException} if the peer cannot be reached
   */
  CompletionStage<Link> connect(InetSocketAddress peer, LinkHandler handler);
}
