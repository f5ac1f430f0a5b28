/** Fetches nothing ahead. */
@NullMarked
package io.jettison.prefetch.none;

import org.jspecify.annotations.NullMarked;
