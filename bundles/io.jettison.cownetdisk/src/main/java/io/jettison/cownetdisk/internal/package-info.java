/**
 * Serves disks. A disk has one event loop, and all of its state belongs to that: no locks. What may
 * take long is done elsewhere: syncing by a worker, checking and storing what comes from the
 * desktop by the link's thread.
 */
@NullMarked
package io.jettison.cownetdisk.internal;

import org.jspecify.annotations.NullMarked;
