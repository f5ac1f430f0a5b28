/** Waits as the paper does, by what is known of the gaps between requests. */
@NullMarked
package io.jettison.sleep.optimal;

import org.jspecify.annotations.NullMarked;
