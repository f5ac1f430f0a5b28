/** Has the PC woken for every page. */
@NullMarked
package io.jettison.residency.microsleep;

import org.jspecify.annotations.NullMarked;
