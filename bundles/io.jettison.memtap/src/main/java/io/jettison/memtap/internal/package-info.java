/** Serves faults. */
@NullMarked
package io.jettison.memtap.internal;

import org.jspecify.annotations.NullMarked;
