/**
 * The control protocol: how a desktop moves a VM to a server and back (Bila et al. 2015, §4.2).
 *
 * <p>One link carries one conversation about one VM; the desktop speaks first. A message is a u8
 * {@linkplain io.jettison.wire.control.ControlMessage type} and its fields in the order of the
 * record; numbers are big-endian, an enum is a u8 ordinal, bytes take the rest of the message.
 *
 * <pre>
 * consolidate: PREPARE ▸ ◂ PREPARED KEPT*  DESCRIPTOR_PART* DESCRIPTOR_END ▸ ◂ READY  ACTIVATE ▸ ◂ RUNNING  (POPULATED | KEYS)* ▸
 * reintegrate: RETURN ▸ (NEXT_ROUND ▸ ◂ (STAGE | STAGE_PACKED | STAGE_ZEROS)* ROUND_END)* STOP ▸ ◂ DESCRIPTOR_PART* DESCRIPTOR_END STAGE* SAVED
 *              RELEASE ▸ ◂ DONE          or, to go on remotely:  RESUME ▸ ◂ RUNNING
 * presend:     RETURN ▸  NEXT_ROUND ▸ ◂ (STAGE | STAGE_PACKED | STAGE_ZEROS)* ROUND_END
 * park:        PARK ▸ ((◂ WANT  (STAGE | STAGE_PACKED | STAGE_ZEROS)* ROUND_END ▸)* ◂ PARKED)*
 * recover:     STATUS ▸ ◂ STANDING  then any of  RESUME, RELEASE, ABANDON
 * salvage:     STATUS ▸ ◂ STANDING  RETURN ▸  SALVAGE ▸ ◂ (STAGE | STAGE_PACKED | STAGE_ZEROS)* ROUND_END
 * watch:       WATCH ▸ (◂ KEPT  KEYS ▸)* (◂ REPORT | ◂ ASK_RETURN)*
 * sleep:       POWER_NOTE ▸ ◂ DONE
 * </pre>
 *
 * <p>A presend brings a staging of the desktop's up to date while the VM stays where it is; a
 * return that names the same staging sends the rest. Only the desktop knows whether all came: when
 * a conversation ended before a ROUND_END or SAVED it waited for, it never names that staging
 * again.
 *
 * <p>Parking: the server asks for the memory it lacks, piece by piece, as fast as it wants to have
 * it; it may ask for the next piece before the one before has come. Blocks of disks it asks for on
 * their block links. A PARKED that says that nothing is left is the last.
 *
 * <p>A VM that is lost has no memory any more, but what it wrote to its disks is there, and may be
 * salvaged.
 *
 * <p>KEPT is answered by KEYS, one for each: first of memory, then of each disk.
 *
 * <p>A PC says POWER_NOTE to each server that has a VM of its: that it is about to sleep, and later
 * that it is awake. One that cannot be told notices that requests are not answered.
 *
 * <p>At any point the server may answer REFUSED. A conversation that ends before ACTIVATE ends the
 * partial VM; one that ends later changes nothing: a stopped VM stays stopped until its desktop has
 * decided.
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.wire.control;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
