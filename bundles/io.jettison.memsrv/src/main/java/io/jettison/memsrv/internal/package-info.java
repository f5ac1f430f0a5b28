/** Serves residuals. */
@NullMarked
package io.jettison.memsrv.internal;

import org.jspecify.annotations.NullMarked;
