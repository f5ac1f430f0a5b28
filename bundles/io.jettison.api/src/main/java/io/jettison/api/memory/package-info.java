/**
 * Guest memory as pages. A page is {@value io.jettison.api.memory.Pages#SIZE} bytes and is named by
 * its {@code pfn}: on a hypervisor whose guest RAM is one block, the offset in that block divided
 * by the page size; on one with several ranges of guest frames, the guest frame number. A {@link
 * io.jettison.api.memory.MemoryMap} says which pfns exist.
 */
@Version("1.1.0")
@Export
@NullMarked
package io.jettison.api.memory;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
