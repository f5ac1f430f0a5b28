/** Chooses what is expected to use less energy. */
@NullMarked
package io.jettison.residency.auto;

import org.jspecify.annotations.NullMarked;
