/**
 * Residency policies: whether a consolidated VM wakes its PC for missing pages or has its cold rest
 * parked on the server.
 */
@Version("1.1.0")
@Export
@NullMarked
package io.jettison.api.residency;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
