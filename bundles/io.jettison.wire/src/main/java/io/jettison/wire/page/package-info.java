/**
 * The page protocol: how a server fetches the pages of a stay (Bila et al. 2015, §6.1).
 *
 * <p>The server asks, the desktop answers, in any order and any number under way. A message is:
 *
 * <pre>
 * request  u8 1, u64 epoch, u16 count, count × (u64 pfn)          11 + 8 × count bytes
 * page     u8 2, u64 epoch, u64 pfn, u32 CRC32C, 4096 bytes       4117 bytes
 * zero     u8 3, u64 epoch, u64 pfn                               17 bytes
 * refusal  u8 4, u64 epoch, u64 pfn, reason                       19 bytes and up
 * </pre>
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
