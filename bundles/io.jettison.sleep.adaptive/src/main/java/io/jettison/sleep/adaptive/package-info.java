/** Learns how long to wait, and never pays more than twice what it must. */
@NullMarked
package io.jettison.sleep.adaptive;

import org.jspecify.annotations.NullMarked;
