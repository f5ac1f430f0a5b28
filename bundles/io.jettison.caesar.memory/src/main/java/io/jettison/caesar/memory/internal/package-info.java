/** The fast memory server (Bila et al. 2015, §7.1). */
@NullMarked
package io.jettison.caesar.memory.internal;

import org.jspecify.annotations.NullMarked;
