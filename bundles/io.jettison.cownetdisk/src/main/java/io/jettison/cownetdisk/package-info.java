/**
 * Disks of partial VMs on the server (Bila et al. 2015, §6.1: cownetdisk).
 *
 * <p>A disk that follows its VM is served as an NBD export. Its blocks are fetched from the desktop
 * when they are touched, into the <i>read-only slice</i>; what the VM writes goes into the <i>dirty
 * slice</i> and comes home with it. Both are sparse files of the disk's size. A block is read from
 * the first of these that has it: the dirty slice; the read-only slice; zeros, if it never had
 * contents; the desktop. A block is written as a whole at first: of one that is written in part the
 * rest is fetched before.
 *
 * <p>Which slice has which block is kept twice. The <i>live map</i> is written before a write is
 * answered, and never synced: it outlives the process, and is believed in the same boot of the host
 * only. The <i>journal</i> is for a power failure: a FLUSH syncs the dirty slice, then adds the
 * blocks that are new in it to the journal and syncs that, and is answered then. After another boot
 * the journal alone counts; a block that is not in it is fetched anew, as it was when the VM left.
 */
@Version("1.1.0")
@Export
@NullMarked
package io.jettison.cownetdisk;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
