/** Parks every VM. */
@NullMarked
package io.jettison.residency.park;

import org.jspecify.annotations.NullMarked;
