/**
 * Fault service on the server (Bila et al. 2015, §6.1: memtap): fetches the pages a partial VM
 * touches and installs them.
 */
@Version("1.1.0")
@Export
@NullMarked
package io.jettison.memtap;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
