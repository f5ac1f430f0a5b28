/** Internal. */
@NullMarked
package io.jettison.residuals.internal;

import org.jspecify.annotations.NullMarked;
