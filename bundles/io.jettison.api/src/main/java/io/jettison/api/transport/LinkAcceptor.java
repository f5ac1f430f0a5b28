package io.jettison.api.transport;

import org.osgi.annotation.versioning.ProviderType;

/** Accepts links that come by a port. */
@FunctionalInterface
@ProviderType
public interface LinkAcceptor {
  /** The handler of a new link; called on the link's thread before any message. */
  LinkHandler accept(Link link);
}
