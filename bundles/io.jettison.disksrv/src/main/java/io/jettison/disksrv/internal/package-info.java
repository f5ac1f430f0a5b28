/** Formats of disk images, and the service of their blocks. */
@NullMarked
package io.jettison.disksrv.internal;

import org.jspecify.annotations.NullMarked;
