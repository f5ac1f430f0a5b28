/** Fetches pages around the one that was touched. */
@NullMarked
package io.jettison.prefetch.pivot;

import org.jspecify.annotations.NullMarked;
