/** Hoards, and pivots around what it missed. */
@NullMarked
package io.jettison.prefetch.hybrid;

import org.jspecify.annotations.NullMarked;
