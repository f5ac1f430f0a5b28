/** The emulated guest of {@code native/emulator} as a hypervisor: needs nothing but Linux. */
@NullMarked
package io.jettison.hypervisor.emulator.internal;

import org.jspecify.annotations.NullMarked;
