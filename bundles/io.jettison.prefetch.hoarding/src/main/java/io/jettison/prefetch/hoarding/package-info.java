/** Fetches what earlier stays touched. */
@NullMarked
package io.jettison.prefetch.hoarding;

import org.jspecify.annotations.NullMarked;
