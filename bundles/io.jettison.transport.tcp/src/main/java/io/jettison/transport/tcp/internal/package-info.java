/**
 * Links over TCP, or over TLS over TCP. A message on the wire is a u32 length and that many bytes.
 */
@NullMarked
package io.jettison.transport.tcp.internal;

import org.jspecify.annotations.NullMarked;
