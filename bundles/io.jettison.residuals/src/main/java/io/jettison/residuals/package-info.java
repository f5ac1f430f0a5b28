/**
 * Pages that outlive a stay on the server's disk, so that the next stay of the VM needs neither the
 * network nor the desktop for those that did not change (Bila et al. 2015, §5.3, expect 28 % fewer
 * requests).
 *
 * <p>A page is kept encrypted under a {@linkplain io.jettison.wire.page.PageDigest key} that only
 * its contents give, and found by its locator. So the server cannot read what it keeps until the
 * desktop, which has the same page, gives it the key again; a page that several VMs have is kept
 * once; and one that was damaged on the disk is noticed. Who already has a page can find out that
 * the server has it too.
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.residuals;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
