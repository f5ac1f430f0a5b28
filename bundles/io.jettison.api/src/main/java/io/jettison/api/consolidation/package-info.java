/** Consolidation policies: when a VM leaves its PC (Bila et al. 2015, §4.1 and §8). */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.api.consolidation;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
