/**
 * What a VM wrote to its disks on the server, on its way into their images (Bila et al. 2015, §6.1:
 * diskmerge).
 *
 * <pre>
 * begin ─▶ take, zero, settle ... ─▶ complete ─▶ (the journal: COMMITTED) ─▶ apply ─▶ discard ─▶ the VM runs
 *          a crash: discard          a crash before the journal: discard;
 *                                    after it: reopen, apply, discard
 * </pre>
 *
 * <p>Images are written only by apply, from a staging that is complete and durable, so it may be
 * begun anew as often as it takes. It must have been discarded before the VM runs: to apply it once
 * more would undo what the VM wrote since.
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.diskmerge;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
