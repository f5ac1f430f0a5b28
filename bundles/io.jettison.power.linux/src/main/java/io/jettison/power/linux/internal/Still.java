package io.jettison.power.linux.internal;

import java.util.function.BooleanSupplier;

/**
 * Something of the PC that can be kept still while it resumes selectively.
 *
 * @param what its name, for people
 * @param still what stills it
 * @param undo what undoes that
 * @param undone whether it is not still, or not any more
 */
record Still(String what, Write still, Write undo, BooleanSupplier undone) {
  /** A value to write to a file of the kernel's. */
  record Write(String file, String value) {}
}
