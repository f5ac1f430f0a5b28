/** Waits a fixed time before the PC sleeps. */
@NullMarked
package io.jettison.sleep.fixed;

import org.jspecify.annotations.NullMarked;
