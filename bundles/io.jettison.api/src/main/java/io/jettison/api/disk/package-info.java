/**
 * Disks of VMs as blocks. A block is {@value io.jettison.api.memory.Pages#SIZE} bytes, as a page
 * is, and is named by its offset on the disk divided by that; sets of blocks are {@link
 * io.jettison.api.memory.PageSet}s. The last block of a disk may reach beyond its end: what lies
 * there reads as zeros and is not written.
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.api.disk;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
