/**
 * Unmodified QEMU as a hypervisor: guest memory in a shared file, device state by QEMU's own
 * migration stream without the memory ({@code x-ignore-shared}), faults by a preloaded shim.
 *
 * <pre>
 * desktop   boot ─ stop ─ migrate ─▶ state ─▶ ended; its memory file is the residual
 * server    -incoming defer, shim ─ migrate-incoming ◀─ state ─ cont
 * return    the same the other way, over the residual
 * </pre>
 *
 * <p>Facts this relies on: the capabilities must be set before {@code migrate-incoming}; a VM that
 * ran when its migration began runs as soon as it is loaded, unless the loading QEMU was started
 * with {@code -S}; with {@code late-block-activate} its disks are opened no sooner than that it
 * runs, so that they may be written until then; after {@code migrate} a source may be continued
 * with {@code cont}; a stream that ends early ends the loading QEMU.
 */
@NullMarked
package io.jettison.hypervisor.qemu.internal;

import org.jspecify.annotations.NullMarked;
