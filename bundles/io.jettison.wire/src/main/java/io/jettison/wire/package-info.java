/**
 * What hosts say to each other first.
 *
 * <p>A link begins with one {@link io.jettison.wire.Hello} by the desktop. The server answers with
 * a {@link io.jettison.wire.Welcome}: accepted, or refused with reason and remedy, after which it
 * closes the link. From then on a page link speaks the page protocol ({@code
 * io.jettison.wire.page}), a control link the control protocol ({@code io.jettison.wire.control}).
 * All numbers are big-endian; strings are a u16 length and that many bytes of UTF-8.
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.wire;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
