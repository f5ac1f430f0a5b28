/**
 * Activity sources: what tells an idle VM from a used one (Bila et al. 2015, §6.1:
 * activityMonitor).
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.api.activity;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
