/**
 * Power: what a PC draws in each state (Bila et al. 2015, Tables I, III and IV), how it is put to
 * sleep, and how energy is metered.
 */
@Version("1.1.0")
@Export
@NullMarked
package io.jettison.api.power;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
