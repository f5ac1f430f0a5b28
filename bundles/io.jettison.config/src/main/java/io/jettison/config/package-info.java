/** What the configuration file says, for those who show it. */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.config;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
