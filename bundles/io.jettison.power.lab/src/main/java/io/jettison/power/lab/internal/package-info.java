/**
 * The emulated PC of the lab: a host in a network namespace that can be put to sleep. What lives on
 * meanwhile is {@code jettison-keeper} (native/keeper), and its protocol stands there.
 */
@NullMarked
package io.jettison.power.lab.internal;

import org.jspecify.annotations.NullMarked;
