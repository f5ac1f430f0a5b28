/** Consolidates a VM once it was idle for a while (Bila et al. 2015, §6.1). */
@NullMarked
package io.jettison.consolidation.idle.internal;

import org.jspecify.annotations.NullMarked;
