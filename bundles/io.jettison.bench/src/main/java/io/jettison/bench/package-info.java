/**
 * Measurements of what Jettison exists for, each side by side with what others use for the same, in
 * one run on one machine and pinned alike. Only ratios mean something: the machine is shared.
 */
@NullMarked
package io.jettison.bench;

import org.jspecify.annotations.NullMarked;
