/** Fetches aligned clusters of pages. */
@NullMarked
package io.jettison.prefetch.cluster;

import org.jspecify.annotations.NullMarked;
