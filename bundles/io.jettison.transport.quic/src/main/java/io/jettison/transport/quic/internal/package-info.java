/** Links over QUIC. */
@NullMarked
package io.jettison.transport.quic.internal;

import org.jspecify.annotations.NullMarked;
