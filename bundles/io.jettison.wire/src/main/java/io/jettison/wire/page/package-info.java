/**
 * The page protocol: how a server fetches the pages of a stay (Bila et al. 2015, §6.1).
 *
 * <p>A block link speaks the same, of blocks of a disk in place of pages.
 *
 * <p>The server asks, the desktop answers, in any order and any number under way. A message is:
 *
 * <pre>
 * request  u8 1, u64 epoch, u16 count, count × (u16 more, u48 pfn)   11 + 8 × count bytes
 * page     u8 2, u64 epoch, u64 pfn, u32 CRC32C, 4096 bytes          4117 bytes
 * zeros    u8 3, u64 epoch, u64 pfn, u32 count                       21 bytes
 * refusal  u8 4, u64 epoch, u64 pfn, reason                          19 bytes and up
 * packed   u8 5, u64 epoch, u64 pfn, u32 CRC32C, an LZ4 block        22 to 4116 bytes
 * </pre>
 *
 * <p>A request's item is a run: pfn and the {@code more} pages after it; all runs together are at
 * most 256 pages. The CRC is that of the 4096 bytes, also of a packed page.
 *
 * <p>A desktop that was woken for a page may send it unasked; the server drops pages it does not
 * wait for.
 *
 * <p>A reply of another epoch than the link's is an error. All contents are those of the residual
 * at hand-over.
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.wire.page;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
