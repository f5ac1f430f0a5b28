/** Hand-over and return as seen from the PC (Bila et al. 2015, §4). */
@NullMarked
package io.jettison.desktop.internal;

import org.jspecify.annotations.NullMarked;
