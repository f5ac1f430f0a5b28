/** Waits so that no sequence of requests costs much more than it must. */
@NullMarked
package io.jettison.sleep.skirental;

import org.jspecify.annotations.NullMarked;
