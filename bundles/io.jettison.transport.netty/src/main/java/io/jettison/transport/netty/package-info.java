/** Links over Netty's channels, and by what hosts know each other; copied into the transports. */
@NullMarked
package io.jettison.transport.netty;

import org.jspecify.annotations.NullMarked;
