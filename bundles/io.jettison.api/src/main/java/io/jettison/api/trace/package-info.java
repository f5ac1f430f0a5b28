/** Traces: what happened to a VM, for studies and for the simulator. */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.api.trace;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
