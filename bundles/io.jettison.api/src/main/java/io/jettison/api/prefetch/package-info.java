/**
 * Prefetch policies: which pages to fetch before they are touched (Bila et al. 2015, §5.3: hoarding
 * and on-demand prefetch).
 */
@Version("1.1.0")
@Export
@NullMarked
package io.jettison.api.prefetch;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
