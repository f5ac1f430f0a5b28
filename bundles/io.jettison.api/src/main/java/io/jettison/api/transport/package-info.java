/**
 * Transports: how messages get from one host to the other. What they say is not the business of a
 * transport.
 *
 * <p>The desktop calls, the server listens: a PC needs no open port, and after a wake it is the
 * desktop that speaks first, on a fresh link, so that no page waits for a retransmission timer that
 * backed off during the sleep.
 */
@Version("1.1.0")
@Export
@NullMarked
package io.jettison.api.transport;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
