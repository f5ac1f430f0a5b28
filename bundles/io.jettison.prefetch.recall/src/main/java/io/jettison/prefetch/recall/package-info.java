/** Fetches what earlier stays touched while it pays. */
@NullMarked
package io.jettison.prefetch.recall;

import org.jspecify.annotations.NullMarked;
