/**
 * Hypervisor drivers: what Jettison needs of a hypervisor to move a VM partially (Bila et al. 2015,
 * §6.1).
 *
 * <pre>
 * desktop                                         server
 * boot/attach ─▶ LocalVm                          prepare ─▶ PartialVm (absent memory, vCPUs never ran)
 *   leave ────────────── descriptor ────────────▶   load, run
 *   retire (memory stays as the residual)           ... faults ...
 * residual ─▶ Residual (read-only) ── pages ────▶   install
 * prepareReturn ─▶ ReturningVm                      leave
 *   expect            ◀── dirty pages ──────────────  read
 *   integrate, load   ◀── the rest, descriptor ─────
 *   run ─▶ LocalVm                                  destroy
 * </pre>
 *
 * <p>Disks: what follows is read from its image on the desktop, and from {@link
 * io.jettison.api.hypervisor.VmPlace#disk} on the server. A driver that has left a VM has written
 * all that the VM had flushed into its images, and does not touch them again until the VM runs on.
 * A waiting {@link io.jettison.api.hypervisor.ReturningVm} may hold an image open, but must not
 * rely on anything it read of it before it runs.
 *
 * <p>A driver moves no bytes between hosts and makes no decisions of ownership: it does what it is
 * told on one host. It keeps no state of its own that a restart of the JVM would lose: everything
 * it needs to find a VM again lies in the {@link io.jettison.api.hypervisor.VmPlace}.
 */
@Version("1.3.0")
@Export
@NullMarked
package io.jettison.api.hypervisor;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
