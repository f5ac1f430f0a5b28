/**
 * Sleep policies: how long a PC that serves pages stays awake after the last request (Bila et al.
 * 2015, §5.2).
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.api.sleep;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
