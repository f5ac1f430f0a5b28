/**
 * Disks on the desktop: their formats, and the service that answers for the blocks a consolidated
 * VM reads (Bila et al. 2015, §6.1: disksrv).
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.disksrv;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
