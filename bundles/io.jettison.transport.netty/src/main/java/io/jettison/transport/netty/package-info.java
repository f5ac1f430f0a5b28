/** Links over Netty's channels; copied into the transports that use it. */
@NullMarked
package io.jettison.transport.netty;

import org.jspecify.annotations.NullMarked;
