/** Waking a PC that sleeps (Bila et al. 2015, §6.1: remoteWakeup). */
@Version("1.1.0")
@Export
@NullMarked
package io.jettison.api.wake;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
