/**
 * The life of a VM: its states, who owns it, and what people can ask of a host (Bila et al. 2015,
 * §4).
 *
 * <p>Ownership is decided on the desktop and journalled there: its journal alone says which host
 * may run a VM. Epochs fence every request: each hand-over and each return takes a new one, and
 * none is used twice.
 */
@Version("1.0.0")
@Export
@NullMarked
package io.jettison.vm;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
