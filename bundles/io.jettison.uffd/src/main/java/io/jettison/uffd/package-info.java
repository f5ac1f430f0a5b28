/**
 * Guest memory in a file, paged with userfaultfd: what drivers of VMMs on Linux share. Bila et al.
 * 2015, §6.1, changed Xen for this; here a preloaded {@linkplain io.jettison.uffd.Shim shim}
 * registers the memory of an unchanged VMM.
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.uffd;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
