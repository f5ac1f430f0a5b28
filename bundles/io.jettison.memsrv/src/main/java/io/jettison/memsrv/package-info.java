/**
 * Page service on the desktop (Bila et al. 2015, §6.1: memsrv): answers requests for the pages a
 * consolidated VM left behind.
 */
@Version("1.1.0")
@Export
@NullMarked
package io.jettison.memsrv;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
