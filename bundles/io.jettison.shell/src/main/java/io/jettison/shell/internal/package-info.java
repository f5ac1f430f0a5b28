/** The commands of the scope {@code jettison}, in Gogo and on a Unix socket. */
@NullMarked
package io.jettison.shell.internal;

import org.jspecify.annotations.NullMarked;
